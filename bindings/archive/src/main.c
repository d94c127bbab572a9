/* lxworks-archive <verb> <key=value>...: archives, each in a process of its own that may die without harm. */
#include "run.h"
#include "verbs.h"

#include <locale.h>

static const struct verb verbs[] = {{"unpack", unpack}, {"read-members", read_members}, {"inspect", inspect}, {"pack", pack}};

int main(int argc, char **argv)
{
  /* Names of pax archives are UTF-8. In any other charset libarchive would convert through iconv, which loads code from below
     the root: after chroot that is the unpacked tree. */
  if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
    fail("ARCHIVE_NO_LOCALE", NULL, "the locale C.UTF-8 is missing; install the package libc-bin");
  return run_verb(verbs, sizeof verbs / sizeof *verbs, argc, argv);
}
