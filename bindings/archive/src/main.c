/* lxworks-archive <verb> <key=value>…: archives and trees, each in a process of its own that may die without harm. */
#include "archive.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct verb {
  const char *name;
  void (*run)(const struct request *request);
};

static const struct verb verbs[] = {
  {"unpack", unpack},          {"read-members", read_members}, {"pack", pack},
  {"remove-tree", remove_tree}, {"copy-tree", copy_tree},       {"shift-tree", shift_tree},
};

int main(int argc, char **argv)
{
  /* Names of pax archives are UTF-8. In any other charset libarchive would convert through iconv, which loads code from below
     the root: after chroot that is the unpacked tree. */
  if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
    fail("ARCHIVE_NO_LOCALE", NULL, "the locale C.UTF-8 is missing; install the package libc-bin");
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_IGN);
  umask(0);

  for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++) {
    if (strcmp(argv[1], verbs[i].name) != 0)
      continue;
    const struct request request = parse_request(argc - 2, argv + 2);
    verbs[i].run(&request);
    return 0;
  }
  fprintf(stderr, "usage: lxworks-archive unpack|read-members|pack|remove-tree|copy-tree|shift-tree [key=value]...\n");
  return 2;
}
