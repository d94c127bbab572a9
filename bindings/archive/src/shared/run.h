/* What the files of lxworks-archive share. One run of the program does one verb and ends; a failure is reported and ends it at once. */
#ifndef LXWORKS_ARCHIVE_H
#define LXWORKS_ARCHIVE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct archive;
struct archive_entry;

/* Descriptors that the starter of the program passes, by verb. */
enum { FIRST_FD = 3, SECOND_FD = 4, THIRD_FD = 5 };

/* ---- request.c: what is asked ---- */

struct id_range {
  char kind; /* 'u' or 'g' */
  uint32_t ns_id, host_id, count;
};

struct id_map {
  struct id_range *ranges;
  size_t count; /* 0: every id is itself */
};

struct names {
  const char **items;
  size_t count;
};

struct compression {
  const char *algorithm; /* one of compress.c's; NULL: none */
  const char *level;     /* NULL: the usual one */
};

struct request {
  uint64_t max_bytes, max_entries, time_ms;
  bool keeps_root;      /* the target's own owner, mode, attributes and times are not the archive's to set */
  bool harmless_only;   /* device nodes that reach hardware are left out */
  bool is_layer;        /* lies over what the target holds already, and may hide or replace that */
  const char *mark;     /* what shift-tree aims at, in one word: the second descriptor keeps how far it came; NULL for none */
  uint64_t member_bytes; /* of each file that is read whole */
  struct names names;   /* `only` of unpack, the members to read, the name below a parent directory */
  struct names heads;   /* of these files only the beginning is read */
  struct names tops;    /* names at the top that are only looked for */
  struct compression compression;
  bool has_metadata;    /* THIRD_FD is the content of metadata.yaml */
  struct id_map to, from;
};

struct request parse_request(int count, char **words);

/* ---- idmap.c: owners, ACLs and file capabilities in other ids ---- */

enum { ID_UNMAPPED = UINT32_MAX };

uint32_t id_in(const struct id_map *map, char kind, uint32_t ns_id);
uint32_t id_out(const struct id_map *map, char kind, uint32_t host_id);
/* `from` then `to`; ids that `from` does not know stay as they are, ids that `to` does not know fail. */
uint32_t id_move(const struct request *request, char kind, uint32_t id, const char *entry);

/* One entry of an ACL as the kernel keeps it in system.posix_acl_*. */
struct acl_entry {
  uint16_t tag, perm;
  uint32_t id;
} __attribute__((packed));

struct acl {
  uint32_t version;
  struct acl_entry entries[];
} __attribute__((packed));

enum { ACL_VERSION = 2, ACL_TAG_USER = 0x02, ACL_TAG_GROUP = 0x08 };

typedef uint32_t (*move_id)(const void *how, char kind, uint32_t id, const char *entry);

void acl_move(struct acl *acl, size_t size, move_id move, const void *how, const char *entry);
/* Rewrites a security.capability value in place (`room` bytes) for another root id; the new size. Version 2 becomes version 3 unless the root stays 0. */
size_t capability_move(void *value, size_t size, move_id move, const void *how, const char *entry);
enum { CAPABILITY_ROOM = 24 };

/* ---- report.c: what is answered, one JSON object a line on stdout ---- */

_Noreturn void fail(const char *code, const char *entry, const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void fail_errno(const char *entry, const char *what);
void report_progress(uint64_t done);
void report_done(void);
/* From now on something may exist that must be removed if the program is killed. */
void report_made(void);
/* What fail() does first. */
void before_failing(void (*undo)(void));
/* What an archive holds and its tree does not get: the first few names are told. */
void note_skipped(struct names *skipped, const char *name);
void report_unpacked(uint64_t entries, uint64_t bytes, const struct names *skipped);
void report_member(const char *name, const void *data, size_t size);
struct top;
void report_inspected(uint64_t entries, uint64_t bytes, const struct top *tops, size_t count);
void write_all(int fd, const void *data, size_t size);
/* Ends the program with ARCHIVE_TIMEOUT when the time is over, wherever it is. */
void start_deadline(uint64_t time_ms);
uint64_t now_ms(void);

/* ---- confine.c ---- */

/* Root becomes the directory behind `fd`; no network, no other program, few capabilities, bounded memory and processor time. */
void confine(int fd, uint64_t time_ms);
void enter_root(int fd);
void limit_resources(uint64_t time_ms);
/* What only the process that runs on after a fork may keep. */
void keep_file_capabilities(void);
void give_up_everything(void);
/* All but writing to what is open. */
void give_up_all_but_writing(void);
void forbid_programs(void);

/* ---- mounts.c: the same directories with less power ---- */

#define INERT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* A mount of `path` below `at` ("" is what `at` itself is) that nobody else sees. It is gone when its descriptor is closed. */
int clone_mount(int at, const char *path, uint64_t attributes);
/* The directory behind `fd` is from now on reached through a mount in which no device opens, no program runs and no link is followed. */
void disarm_directory(int fd, bool is_source);

/* ---- source.c: a tar, plain or decompressed by a process of its own ---- */

bool is_squashfs(int fd);
struct archive *open_tar(int fd);
/* The next entry, or NULL at the archive's proper end. Fails for a damaged archive. */
struct archive_entry *next_entry(struct archive *tar);
/* Fails for what a libarchive call on the tar's data said. */
_Noreturn void fail_tar(struct archive *tar, const char *entry);
void finish_tar(struct archive *tar);

/* ---- gunzip.c ---- */

bool is_gzip(int fd);
/* All members of `in` to `out`; why it failed, or NULL. */
const char *gunzip(int in, int out);

/* ---- top.c: what lies under the names at an archive's top that somebody wants to know of ---- */

struct top {
  const char *name;
  const char *type; /* NULL: nothing */
  uint64_t size;
  bool is_whole, is_head; /* its content is asked for: all of it, or how it begins */
};

enum { MAX_TOPS = 16 };

/* Fills `tops` with all names of the request; how many. */
size_t wanted_tops(struct top tops[MAX_TOPS], const struct request *request);
/* The one that the entry is, or whose directory it is in; NULL for any other. */
struct top *top_of(struct top *tops, size_t count, const char *name);
/* What is wanted as a file may come once, and only as a regular file; nothing changes its type. */
void note_top(struct top *top, const char *type, uint64_t size);

/* ---- entry-name.c ---- */

enum { MAX_DEPTH = 256 };

/* Writes the name below the root, without leading slashes, `.` or doubled slashes ("" is the root). Refuses `..`, and names too long or deep. */
void clean_name(char out[PATH_MAX], const char *raw, const char *entry);
bool first_component_is_in(const char *name, const struct names *names);

/* ---- place.c: makes one entry on disk ---- */

/* Hashes of names. */
struct placed {
  uint64_t *slots;
  size_t room, count;
};

struct place {
  int root;
  int parent;                /* directory of the last entry, kept open for its siblings */
  char parent_name[PATH_MAX];
  const struct request *request;
  uint64_t bytes;
  struct names skipped;
  struct placed placed;      /* what a layer brought */
};

void open_place(struct place *place, int root, const struct request *request);
/* False when it is left out: it may not be made, or this host cannot make it (recorded as skipped). */
bool place_entry(struct place *place, struct archive *tar, struct archive_entry *entry, const char *name);
/* Fails with what errno says of something that the archive wanted: it may be the archive's own fault. */
_Noreturn void fail_making(const char *entry, const char *what);
int open_below(int root, const char *name, int flags);
bool link_entry(struct place *place, const char *target, const char *name);
/* Opens the parent (made when absent) and returns the last component. */
const char *enter_parent(struct place *place, const char *name);
void write_content(struct place *place, struct archive *tar, struct archive_entry *entry, int fd);

/* ---- layer.c: layers of images, which lie over one another ---- */

/* Remembers that the layer brought this. */
void layer_note(struct place *place, const char *name);
/* Whether something of another type may be there because a lower layer brought it. */
bool layer_may_replace(const struct place *place, const char *name);
/* Removes `leaf` of the working directory, but for what this layer brought. `name` is its whole name. */
void layer_clear(struct place *place, const char *leaf, const char *name);
/* True when the name is a whiteout; what it hides is gone then. */
bool layer_whiteout(struct place *place, const char *name);

/* ---- devices.c: device nodes in trees of containers that share the host's kernel ---- */

/* Whether a node may be where its owner has no right to any hardware: the likes of /dev/null, and all that is no device. */
bool is_harmless(mode_t mode, dev_t device);
/* Removes every other node below `root`. */
void remove_harmful_devices(int root, struct names *removed);

/* ---- attributes.c: owner, mode, xattrs, ACLs, times ---- */

/* Of an open file (`fd` >= 0), or of `leaf` in the working directory, never following a link. */
struct subject {
  int fd;
  const char *leaf;
  const char *entry; /* full name, for messages */
};

void set_owner(const struct subject *subject, const struct request *request, struct archive_entry *entry);
void set_mode(const struct subject *subject, mode_t mode);
void set_access_acl(const struct subject *subject, const struct request *request, struct archive_entry *entry);
void set_xattrs(const struct subject *subject, const struct request *request, struct archive_entry *entry);
void set_times(const struct subject *subject, struct archive_entry *entry);
void times_of(struct archive_entry *entry, struct timespec times[2]);
/* The value of system.posix_acl_default or _access, allocated, or NULL when there is none. */
struct acl *acl_value(struct archive_entry *entry, int type, const struct request *request, size_t *size, const char *name);
void put_xattr(const struct subject *subject, const char *key, const void *value, size_t size);

/* ---- directories.c: what directories get only when everything in them is made ---- */

void remember_directory(const char *name, struct archive_entry *entry, const struct request *request);
void finish_directories(int root);

/* ---- read-members.c ---- */

/* The whole entry, allocated, or its first `most` bytes where it may be longer. */
char *read_content(struct archive *tar, struct archive_entry *entry, uint64_t most, bool may_be_longer, size_t *size);

/* ---- verbs ---- */

void inspect(const struct request *request);
void inspect_squashfs(const struct request *request);

void unpack(const struct request *request);
void unpack_squashfs(const struct request *request);
void read_members(const struct request *request);
void pack(const struct request *request);
void remove_tree(const struct request *request);
/* Removes `name` below `parent`; for verbs that clean up after themselves. */
void remove_below(int parent, const char *name);
void copy_tree(const struct request *request);
void shift_tree(const struct request *request);
void shift_below(int root, const struct request *request);

#endif
