/* Reads the words after the verb: bytes=, entries=, time-ms=, member-bytes=, root=keep, devices=harmless, layer=yes, mark=, compress=algorithm[:level], metadata=yes,
   name=, head= and top= (repeatable), to= and from= (repeatable, u|g:nsId:hostId:count). */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number(const char *word, const char *text)
{
  char *end = NULL;
  const uint64_t value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0')
    fail("EINVAL", NULL, "not a number: %s", word);
  return value;
}

static void add_range(struct id_map *map, const char *word, const char *text)
{
  struct id_range range;
  int used = 0;
  const int read = sscanf(text, "%c:%" SCNu32 ":%" SCNu32 ":%" SCNu32 "%n", &range.kind, &range.ns_id, &range.host_id, &range.count, &used);
  if (read != 4 || text[used] != '\0' || (range.kind != 'u' && range.kind != 'g'))
    fail("EINVAL", NULL, "not an id range: %s", word);
  map->ranges = reallocarray(map->ranges, map->count + 1, sizeof range);
  if (map->ranges == NULL)
    fail_errno(NULL, "cannot keep the id map");
  map->ranges[map->count++] = range;
}

static void add_name(struct names *names, const char *name)
{
  names->items = reallocarray(names->items, names->count + 1, sizeof *names->items);
  if (names->items == NULL)
    fail_errno(NULL, "cannot keep a name");
  names->items[names->count++] = name;
}

static struct compression compression(char *value)
{
  char *colon = strchr(value, ':');
  if (colon != NULL)
    *colon = '\0';
  return (struct compression){value, colon == NULL ? NULL : colon + 1};
}

struct request parse_request(int count, char **words)
{
  struct request request = {.max_bytes = UINT64_MAX, .max_entries = UINT64_MAX};
  for (int i = 0; i < count; i++) {
    const char *word = words[i];
    const char *equals = strchr(word, '=');
    if (equals == NULL)
      fail("EINVAL", NULL, "not key=value: %s", word);
    const size_t length = (size_t)(equals - word);
    const char *value = equals + 1;
    if (strncmp(word, "bytes=", 6) == 0)
      request.max_bytes = number(word, value);
    else if (strncmp(word, "entries=", 8) == 0)
      request.max_entries = number(word, value);
    else if (strncmp(word, "time-ms=", 8) == 0)
      request.time_ms = number(word, value);
    else if (strncmp(word, "member-bytes=", 13) == 0)
      request.member_bytes = number(word, value);
    else if (strncmp(word, "head=", 5) == 0)
      add_name(&request.heads, value);
    else if (strncmp(word, "top=", 4) == 0)
      add_name(&request.tops, value);
    else if (strncmp(word, "compress=", 9) == 0)
      request.compression = compression(words[i] + 9);
    else if (strcmp(word, "metadata=yes") == 0)
      request.has_metadata = true;
    else if (strcmp(word, "root=keep") == 0)
      request.keeps_root = true;
    else if (strcmp(word, "devices=harmless") == 0)
      request.harmless_only = true;
    else if (strncmp(word, "mark=", 5) == 0)
      request.mark = value;
    else if (strcmp(word, "layer=yes") == 0)
      request.is_layer = true;
    else if (strncmp(word, "name=", 5) == 0)
      add_name(&request.names, value);
    else if (strncmp(word, "to=", 3) == 0)
      add_range(&request.to, word, value);
    else if (strncmp(word, "from=", 5) == 0)
      add_range(&request.from, word, value);
    else
      fail("EINVAL", NULL, "unknown key: %.*s", (int)length, word);
  }
  return request;
}
