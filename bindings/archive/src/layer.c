/* Layers of an image: what one says of those below it. A name `.wh.x` hides x, `.wh..wh..opq` all that is beside it; neither hides what its own layer brings. */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_ROOM = 4096 };
static const char PREFIX[] = ".wh.", OPAQUE[] = ".wh..wh..opq";

static uint64_t hash_of(const char *name, size_t length)
{
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)name[i]) * 1099511628211u;
  return hash == 0 ? 1 : hash;
}

static size_t slot_of(const struct placed *placed, uint64_t hash)
{
  size_t at = hash & (placed->room - 1);
  while (placed->slots[at] != 0 && placed->slots[at] != hash)
    at = (at + 1) & (placed->room - 1);
  return at;
}

static void grow(struct placed *placed, const char *name)
{
  const struct placed before = *placed;
  placed->room = before.room == 0 ? FIRST_ROOM : before.room * 2;
  placed->slots = calloc(placed->room, sizeof *placed->slots);
  if (placed->slots == NULL)
    fail("ENOMEM", name, "not enough memory for the names of the layer");
  for (size_t i = 0; i < before.room; i++)
    if (before.slots[i] != 0)
      placed->slots[slot_of(placed, before.slots[i])] = before.slots[i];
  free(before.slots);
}

static bool has(const struct placed *placed, const char *name)
{
  return placed->room > 0 && placed->slots[slot_of(placed, hash_of(name, strlen(name)))] != 0;
}

void layer_note(struct place *place, const char *name)
{
  struct placed *placed = &place->placed;
  for (size_t length = strlen(name); length > 0;) {
    if (placed->count * 2 >= placed->room)
      grow(placed, name);
    const uint64_t hash = hash_of(name, length);
    const size_t slot = slot_of(placed, hash);
    if (placed->slots[slot] != 0)
      return; /* and so are the directories above it */
    placed->slots[slot] = hash;
    placed->count++;
    while (length > 0 && name[--length] != '/')
      ;
  }
}

bool layer_may_replace(const struct place *place, const char *name)
{
  return place->request->is_layer && !has(&place->placed, name);
}

static void clear_inside(struct place *place, int directory, char path[PATH_MAX]);

static void clear_entry(struct place *place, int parent, const char *leaf, char path[PATH_MAX])
{
  struct stat found;
  if (fstatat(parent, leaf, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT)
      return;
    fail_errno(path, "cannot look at what is there");
  }
  if (S_ISDIR(found.st_mode)) {
    const int fd = openat(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
      fail_errno(path, "cannot open the directory");
    clear_inside(place, fd, path);
  }
  if (!has(&place->placed, path) && unlinkat(parent, leaf, S_ISDIR(found.st_mode) ? AT_REMOVEDIR : 0) != 0)
    fail_errno(path, "cannot hide what a lower layer brought");
}

/* Takes the descriptor. No tree of layers is deeper than MAX_DEPTH. */
static void clear_inside(struct place *place, int directory, char path[PATH_MAX])
{
  DIR *entries = fdopendir(directory);
  const size_t length = strlen(path);
  const struct dirent *entry;
  if (entries == NULL)
    fail_errno(path, "cannot read the directory");
  while ((entry = readdir(entries)) != NULL) {
    const char *leaf = entry->d_name;
    const size_t size = strlen(leaf), slash = length > 0;
    if (strcmp(leaf, ".") == 0 || strcmp(leaf, "..") == 0)
      continue;
    if (length + slash + size + 1 > PATH_MAX)
      fail("ARCHIVE_TOO_LARGE", path, "what lower layers brought has too long a name");
    if (slash)
      path[length] = '/';
    memcpy(path + length + slash, leaf, size + 1);
    clear_entry(place, dirfd(entries), leaf, path);
    path[length] = '\0';
  }
  closedir(entries);
}

void layer_clear(struct place *place, const char *leaf, const char *name)
{
  char path[PATH_MAX];
  strcpy(path, name);
  clear_entry(place, AT_FDCWD, leaf, path);
}

/* The directory that was entered last may be among what goes. */
static void leave_parent(struct place *place)
{
  if (place->parent >= 0)
    close(place->parent);
  place->parent = -1;
}

static void hide(struct place *place, const char *name, const char *leaf)
{
  char path[PATH_MAX];
  const size_t length = leaf == name ? 0 : (size_t)(leaf - name - 1);
  memcpy(path, name, length);
  path[length] = '\0';
  const int fd = open_below(place->root, path, O_RDONLY | O_DIRECTORY);
  if (fd < 0 && errno == ENOENT)
    return;
  if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
    fail("ARCHIVE_HOSTILE", name, "the name passes through a symbolic link or something else that is no directory");
  if (fd < 0)
    fail_errno(name, "cannot open the directory");
  leave_parent(place);
  if (strcmp(leaf, OPAQUE) == 0) {
    clear_inside(place, fd, path);
    return;
  }
  const char *hidden = leaf + strlen(PREFIX);
  strcpy(path, name);
  strcpy(path + (leaf - name), hidden);
  clear_entry(place, fd, hidden, path);
  close(fd);
}

bool layer_whiteout(struct place *place, const char *name)
{
  const char *slash = strrchr(name, '/');
  const char *leaf = slash == NULL ? name : slash + 1;
  const size_t prefix = strlen(PREFIX);
  if (strncmp(leaf, PREFIX, prefix) != 0)
    return false;
  const char *hidden = leaf + prefix;
  if (*hidden == '\0' || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
    fail("ARCHIVE_HOSTILE", name, "it would hide something that has no name");
  /* Others of this kind are the bookkeeping of aufs. */
  if (strncmp(hidden, PREFIX, prefix) != 0 || strcmp(leaf, OPAQUE) == 0)
    hide(place, name, leaf);
  return true;
}
