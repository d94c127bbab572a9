/* Directories get their mode, ACLs and times last: filling them needs access and changes their times, and a default ACL would mark what is made inside. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct directory {
  char *name;
  mode_t mode;
  struct timespec times[2];
  struct acl *acls[2];
  size_t acl_sizes[2];
};

static struct directory *directories;
static size_t count, room;

void remember_directory(const char *name, struct archive_entry *entry, const struct request *request)
{
  if (count == room) {
    room = room == 0 ? 1024 : room * 2;
    directories = reallocarray(directories, room, sizeof *directories);
  }
  char *kept = strdup(name);
  if (directories == NULL || kept == NULL)
    fail("ENOMEM", name, "not enough memory for the directories of the archive");
  struct directory *directory = &directories[count++];
  *directory = (struct directory){.name = kept, .mode = archive_entry_mode(entry)};
  times_of(entry, directory->times);
  directory->acls[0] = acl_value(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, request, &directory->acl_sizes[0], name);
  directory->acls[1] = acl_value(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, request, &directory->acl_sizes[1], name);
}

void finish_directories(int root)
{
  static const char *const keys[2] = {"system.posix_acl_access", "system.posix_acl_default"};
  for (size_t i = 0; i < count; i++) {
    const struct directory *directory = &directories[i];
    const int fd = open_below(root, directory->name, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
      fail_errno(directory->name, "cannot open the directory again");
    const struct subject subject = {fd, NULL, directory->name};
    set_mode(&subject, directory->mode);
    for (int k = 0; k < 2; k++)
      if (directory->acls[k] != NULL)
        put_xattr(&subject, keys[k], directory->acls[k], directory->acl_sizes[k]);
    if (futimens(fd, directory->times) != 0 && errno != EINVAL)
      fail_errno(directory->name, "cannot set the times");
    close(fd);
  }
}
