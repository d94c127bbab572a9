/* Answers on stdout: {"progress":n}, {"member":name,"size":n} followed by the bytes, {"error":{…}} or {"done":{…}} as the last line. */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_TIMEOUT = 124, MAX_SHOWN = 1000 };

void write_all(int fd, const void *data, size_t size)
{
  const char *at = data;
  while (size > 0) {
    const ssize_t written = write(fd, at, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      _exit(EXIT_FAILED); /* nobody listens */
    at += written;
    size -= (size_t)written;
  }
}

/* Length of the well-formed UTF-8 sequence at `text`, 0 when there is none. */
static size_t utf8_length(const unsigned char *text)
{
  const size_t length = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 : (*text & 0xf0) == 0xe0 ? 3 : *text >= 0xf0 && *text < 0xf5 ? 4 : 0;
  for (size_t i = 1; i < length; i++)
    if ((text[i] & 0xc0) != 0x80)
      return 0;
  return length;
}

static void put_string(FILE *out, const char *text)
{
  fputc('"', out);
  for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
    const size_t length = utf8_length(at);
    if (length == 0)
      fputs("\\ufffd", out);
    else if (*at < 0x20 || *at == '"' || *at == '\\' || *at == 0x7f)
      fprintf(out, "\\u%04x", *at);
    else
      fwrite(at, 1, length, out);
    at += length == 0 ? 1 : length;
  }
  fputc('"', out);
}

struct line {
  FILE *out;
  char *text;
  size_t size;
};

static void begin_line(struct line *line)
{
  line->text = NULL;
  line->out = open_memstream(&line->text, &line->size);
  if (line->out == NULL)
    _exit(EXIT_FAILED);
}

static void end_line(struct line *line)
{
  fputc('\n', line->out);
  if (fclose(line->out) != 0)
    _exit(EXIT_FAILED);
  write_all(STDOUT_FILENO, line->text, line->size);
  free(line->text);
}

static void (*undo_first)(void);

void before_failing(void (*undo)(void))
{
  undo_first = undo;
}

void fail(const char *code, const char *entry, const char *format, ...)
{
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  void (*undo)(void) = undo_first;
  undo_first = NULL;
  if (undo != NULL)
    undo();

  struct line line;
  begin_line(&line);
  fputs("{\"error\":{\"code\":", line.out);
  put_string(line.out, code);
  fputs(",\"message\":", line.out);
  put_string(line.out, message);
  if (entry != NULL) {
    char shown[MAX_SHOWN + 1];
    snprintf(shown, sizeof shown, "%s", entry); /* an archive may give an entry a name of a megabyte */
    fputs(",\"entry\":", line.out);
    put_string(line.out, shown);
  }
  fputs("}}", line.out);
  end_line(&line);
  _exit(EXIT_FAILED);
}

void fail_errno(const char *entry, const char *what)
{
  const int error = errno;
  const char *code = strerrorname_np(error);
  fail(code == NULL ? "EIO" : code, entry, "%s: %s", what, strerror(error));
}

void report_progress(uint64_t done)
{
  static uint64_t last;
  const uint64_t now = now_ms();
  if (now - last < 100)
    return;
  last = now;
  char text[64];
  write_all(STDOUT_FILENO, text, (size_t)snprintf(text, sizeof text, "{\"progress\":%" PRIu64 "}\n", done));
}

void report_done(void)
{
  static const char text[] = "{\"done\":{}}\n";
  write_all(STDOUT_FILENO, text, sizeof text - 1);
}

void report_made(void)
{
  static const char text[] = "{\"made\":true}\n";
  write_all(STDOUT_FILENO, text, sizeof text - 1);
}

enum { MAX_SKIPPED = 20 };

void note_skipped(struct names *skipped, const char *name)
{
  if (skipped->count >= MAX_SKIPPED)
    return;
  if (skipped->count == 0)
    skipped->items = calloc(MAX_SKIPPED, sizeof *skipped->items);
  const char *kept = strdup(name);
  if (skipped->items == NULL || kept == NULL)
    fail_errno(name, "cannot keep a name");
  skipped->items[skipped->count++] = kept;
}

void report_unpacked(uint64_t entries, uint64_t bytes, const struct names *skipped)
{
  struct line line;
  begin_line(&line);
  fprintf(line.out, "{\"done\":{\"entries\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"skipped\":[", entries, bytes);
  for (size_t i = 0; i < skipped->count; i++) {
    if (i > 0)
      fputc(',', line.out);
    put_string(line.out, skipped->items[i]);
  }
  fputs("]}}", line.out);
  end_line(&line);
}

void report_inspected(uint64_t entries, uint64_t bytes, const struct top *tops, size_t count)
{
  struct line line;
  const char *comma = "";
  begin_line(&line);
  fprintf(line.out, "{\"done\":{\"entries\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"top\":[", entries, bytes);
  for (size_t i = 0; i < count; i++) {
    if (tops[i].type == NULL)
      continue;
    fprintf(line.out, "%s{\"name\":", comma);
    put_string(line.out, tops[i].name);
    fprintf(line.out, ",\"type\":\"%s\",\"size\":%" PRIu64 "}", tops[i].type, tops[i].size);
    comma = ",";
  }
  fputs("]}}", line.out);
  end_line(&line);
}

void report_member(const char *name, const void *data, size_t size)
{
  struct line line;
  begin_line(&line);
  fputs("{\"member\":", line.out);
  put_string(line.out, name);
  fprintf(line.out, ",\"size\":%zu}", size);
  end_line(&line);
  write_all(STDOUT_FILENO, data, size);
}

uint64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void time_is_over(int number)
{
  (void)number;
  static const char text[] = "{\"error\":{\"code\":\"ARCHIVE_TIMEOUT\",\"message\":\"the time allowed for the archive is over\"}}\n";
  /* In the middle of a member's bytes this line is not read as one; the exit code says the same. */
  if (write(STDOUT_FILENO, text, sizeof text - 1) < 0)
    _exit(EXIT_FAILED);
  _exit(EXIT_TIMEOUT);
}

void start_deadline(uint64_t time_ms)
{
  if (time_ms == 0)
    return;
  const struct sigaction action = {.sa_handler = time_is_over};
  const struct itimerval timer = {.it_value = {.tv_sec = (time_t)(time_ms / 1000), .tv_usec = (suseconds_t)(time_ms % 1000) * 1000}};
  if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &timer, NULL) != 0)
    fail_errno(NULL, "cannot start the clock");
}
