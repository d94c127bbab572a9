/* Names as archives give them, made safe to use below a directory. */
#include "run.h"

#include <string.h>

void clean_name(char out[PATH_MAX], const char *raw, const char *entry)
{
  size_t used = 0, depth = 0;
  for (const char *at = raw; *at != '\0';) {
    const size_t length = strcspn(at, "/");
    const bool is_name = length > 0 && !(length == 1 && at[0] == '.');
    if (length == 2 && at[0] == '.' && at[1] == '.')
      fail("ARCHIVE_HOSTILE", entry, "the name climbs out with '..'");
    if (is_name) {
      if (length > NAME_MAX || ++depth > MAX_DEPTH || used + length + 2 > PATH_MAX)
        fail("ARCHIVE_TOO_LARGE", entry, "the name is too long or more than %d directories deep", MAX_DEPTH);
      if (used > 0)
        out[used++] = '/';
      memcpy(out + used, at, length);
      used += length;
    }
    at += length;
    at += strspn(at, "/");
  }
  out[used] = '\0';
}

bool first_component_is_in(const char *name, const struct names *names)
{
  const size_t length = strcspn(name, "/");
  for (size_t i = 0; i < names->count; i++)
    if (strlen(names->items[i]) == length && memcmp(names->items[i], name, length) == 0)
      return true;
  return false;
}
