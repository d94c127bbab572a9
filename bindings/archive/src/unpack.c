/* unpack: the archive at descriptor 3 into the directory at descriptor 4. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

static bool is_wanted(const char *name, const struct request *request)
{
  return request->names.count == 0 || first_component_is_in(name, &request->names);
}

static void unpack_tar(const struct request *request)
{
  struct place place;
  char name[PATH_MAX];
  uint64_t entries = 0, placed = 0;

  disarm_directory(SECOND_FD, false);
  confine(SECOND_FD, request->time_ms);
  struct archive *tar = open_tar(FIRST_FD);
  keep_file_capabilities();
  forbid_programs();
  open_place(&place, SECOND_FD, request);

  for (struct archive_entry *entry; (entry = next_entry(tar)) != NULL;) {
    clean_name(name, archive_entry_pathname(entry), archive_entry_pathname(entry));
    if (++entries > request->max_entries)
      fail("ARCHIVE_TOO_MANY_ENTRIES", name, "the archive holds more than %llu entries", (unsigned long long)request->max_entries);
    if (!is_wanted(name, request))
      continue;
    if (request->is_layer && layer_whiteout(&place, name))
      continue;
    place_entry(&place, tar, entry, name);
    if (request->is_layer)
      layer_note(&place, name);
    placed++;
  }
  finish_tar(tar);
  finish_directories(SECOND_FD);
  report_unpacked(placed, place.bytes, &place.skipped);
}

void unpack(const struct request *request)
{
  start_deadline(request->time_ms);
  if (request->is_layer && is_squashfs(FIRST_FD))
    fail("ARCHIVE_CORRUPT", NULL, "a layer is a tar, and this is a squashfs");
  if (is_squashfs(FIRST_FD))
    unpack_squashfs(request);
  else
    unpack_tar(request);
}
