#ifndef LXWORKS_SQUASHFS_H
#define LXWORKS_SQUASHFS_H

#include "run.h"

#include <stdio.h>

#define UNSQUASHFS "/usr/bin/unsquashfs"

/* One level more than is allowed. What is measured and what is unpacked end at the same depth, so nothing deeper escapes the limits. */
#define SQUASHFS_DEPTH "257"

/* ---- squashfs-root.c: where the tools run ---- */

/* What a tool sees under `/name`: a detached mount, taken before the root is entered, because descriptors name mounts of the namespace
   they were opened in. */
struct point {
  const char *name;
  int mount;
  bool is_directory;
};

bool is_empty_directory(int fd);
/* A root with /usr (read-only) and these points, and nothing else; no network. `tool` must be there. */
void enter_squashfs_root(const char *tool, const struct point *points, size_t count);
/* A program that root executes gets all capabilities of the bounding set: it is cut down first. */
void keep_only_file_capabilities_over_exec(void);

/* ---- squashfs-tool.c: running one ---- */

struct tally {
  const struct request *request;
  uint64_t entries, bytes;
  struct names skipped;
  struct top tops[MAX_TOPS];
  size_t top_count;
  char complaint[512];
};

/* Started with its output in a pipe, and its complaints too unless they go to `complaints`. Ends with this program. */
FILE *start_tool(const char *const *words, FILE **complaints, pid_t *pid);
/* Closes the output and waits: the exit code. */
int finish_tool(FILE *output, pid_t pid);
/* Kept, where it is the first. */
void keep_complaint(struct tally *tally, const char *line);
/* Counts the entries of /archive (those of `names`, where there are any) and refuses what is beyond the limits. */
void measure_squashfs(struct tally *tally, const struct names *names);

#endif
