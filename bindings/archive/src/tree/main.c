/* lxworks-tree <verb> <key=value>...: trees of files, each in a process of its own. A program beside lxworks-archive because
   loading what libarchive needs would take longer than most of this work. */
#include "run.h"
#include "verbs.h"

static const struct verb verbs[] = {{"remove-tree", remove_tree}, {"copy-tree", copy_tree}, {"shift-tree", shift_tree}};

int main(int argc, char **argv)
{
  return run_verb(verbs, sizeof verbs / sizeof *verbs, argc, argv);
}
