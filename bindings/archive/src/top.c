/* The few names at an archive's top by which one knows what it is. */
#include "run.h"

#include <string.h>

static size_t add(struct top *tops, size_t count, const struct names *names, struct top kind)
{
  for (size_t i = 0; i < names->count; i++) {
    if (count == MAX_TOPS)
      fail("EINVAL", NULL, "more than %d names to look for", MAX_TOPS);
    kind.name = names->items[i];
    tops[count++] = kind;
  }
  return count;
}

size_t wanted_tops(struct top tops[MAX_TOPS], const struct request *request)
{
  size_t count = add(tops, 0, &request->names, (struct top){.is_whole = true});
  count = add(tops, count, &request->heads, (struct top){.is_head = true});
  return add(tops, count, &request->tops, (struct top){0});
}

struct top *top_of(struct top *tops, size_t count, const char *name)
{
  const size_t length = strcspn(name, "/");
  for (size_t i = 0; i < count; i++)
    if (strlen(tops[i].name) == length && memcmp(tops[i].name, name, length) == 0)
      return &tops[i];
  return NULL;
}

void note_top(struct top *top, const char *type, uint64_t size)
{
  const bool is_read = top->is_whole || top->is_head;
  if (is_read && strcmp(type, "file") != 0)
    fail("ARCHIVE_HOSTILE", top->name, "expected a regular file under this name");
  if (is_read && top->type != NULL)
    fail("ARCHIVE_HOSTILE", top->name, "the archive holds more than one file of this name");
  if (top->type != NULL && strcmp(top->type, type) != 0)
    fail("ARCHIVE_HOSTILE", top->name, "the name appears again as another type of file");
  top->type = type;
  top->size = size;
}
