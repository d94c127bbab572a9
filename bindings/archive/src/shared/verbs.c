#include "verbs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int run_verb(const struct verb *verbs, size_t count, int argc, char **argv)
{
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_IGN);
  umask(0);

  for (size_t i = 0; argc > 1 && i < count; i++) {
    if (strcmp(argv[1], verbs[i].name) != 0)
      continue;
    const struct request request = parse_request(argc - 2, argv + 2);
    verbs[i].run(&request);
    return 0;
  }
  fprintf(stderr, "usage: %s VERB [key=value]..., with one of the verbs", argv[0]);
  for (size_t i = 0; i < count; i++)
    fprintf(stderr, " %s", verbs[i].name);
  fputc('\n', stderr);
  return 2;
}
