/* A device node works wherever it lies. In the tree of a container with ids of its own it would hand the host's hardware to whoever made the archive. */
#include "walk.h"

#include <sys/sysmacros.h>
#include <unistd.h>

struct node {
  unsigned major, minor;
};

/* /dev/null, zero, full, random, urandom, tty, ptmx; and the whiteouts of overlayfs, which no driver answers to. */
static const struct node harmless[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}, {0, 0}};

bool is_harmless(mode_t mode, dev_t device)
{
  if (S_ISBLK(mode))
    return false;
  if (!S_ISCHR(mode))
    return true;
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
    if (major(device) == harmless[i].major && minor(device) == harmless[i].minor)
      return true;
  return false;
}

static void remove_harmful(void *data, const struct visit *visit)
{
  if (is_harmless(visit->stat.st_mode, visit->stat.st_rdev))
    return;
  if (unlinkat(visit->parent, visit->leaf, 0) != 0)
    fail_errno(visit->path, "cannot remove the device node");
  note_skipped(data, visit->path);
}

void remove_harmful_devices(int root, struct names *removed)
{
  const struct visitor visitor = {.data = removed, .enter = remove_harmful};
  walk(root, &visitor);
}
