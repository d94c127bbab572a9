/* The part that the programs of this folder share: one run does one verb. */
#pragma once

#include <stddef.h>

#include "run.h"

struct verb {
  const char *name;
  void (*run)(const struct request *request);
};

/* Runs the verb that argv[1] names with the key=value words after it; the exit code. */
int run_verb(const struct verb *verbs, size_t count, int argc, char **argv);
