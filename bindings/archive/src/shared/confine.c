/* Takes from the process what it does not need before it looks at a byte from outside. */
#include "run.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

void enter_root(int fd)
{
  if (fchdir(fd) != 0 || chroot(".") != 0 || chdir("/") != 0)
    fail_errno(NULL, "cannot make the directory the root");
}

static void limit(__rlimit_resource_t what, rlim_t value)
{
  struct rlimit current;
  if (getrlimit(what, &current) != 0)
    fail_errno(NULL, "cannot read a resource limit");
  if (value > current.rlim_max)
    value = current.rlim_max;
  const struct rlimit wanted = {.rlim_cur = value, .rlim_max = value};
  if (setrlimit(what, &wanted) != 0)
    fail_errno(NULL, "cannot set a resource limit");
}

void limit_resources(uint64_t time_ms)
{
  limit(RLIMIT_CORE, 0);
  if (time_ms > 0)
    limit(RLIMIT_CPU, time_ms / 1000 + 2);
#ifndef __SANITIZE_ADDRESS__ /* which takes terabytes of addresses */
  limit(RLIMIT_AS, (rlim_t)2 << 30);
#endif
}

static void set_capabilities(uint64_t kept)
{
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct held[2], data[2] = {{0}};
  if (syscall(SYS_capget, &header, held) != 0)
    fail_errno(NULL, "cannot read the capabilities");
  for (int i = 0; i < 2; i++)
    data[i].effective = data[i].permitted = (uint32_t)(kept >> (32 * i)) & held[i].permitted;
  if (syscall(SYS_capset, &header, data) != 0)
    fail_errno(NULL, "cannot drop capabilities");
}

#define BIT(capability) ((uint64_t)1 << (capability))

void keep_file_capabilities(void)
{
  /* Without SYS_ADMIN: trusted.* xattrs of an archive are not restored. */
  set_capabilities(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_MKNOD) | BIT(CAP_SETFCAP));
}

void give_up_all_but_writing(void)
{
  if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
    fail_errno(NULL, "cannot become nobody");
  set_capabilities(0);
  forbid_programs();
  limit(RLIMIT_NOFILE, 0); /* what is open stays usable, nothing new can be opened */
}

void give_up_everything(void)
{
  give_up_all_but_writing();
  limit(RLIMIT_FSIZE, 0);
}

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define THIS_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__)
#define THIS_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define THIS_ARCH AUDIT_ARCH_S390X
#else
#error "add the audit architecture of this processor"
#endif

static const uint32_t forbidden[] = {
  SYS_execve, SYS_execveat, SYS_clone, SYS_clone3, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_socket, SYS_socketpair,
  SYS_mount, SYS_umount2, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_bpf,
  SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_init_module, SYS_finit_module, SYS_kexec_load, SYS_userfaultfd,
  SYS_io_uring_setup, SYS_open_by_handle_at, SYS_pidfd_getfd, SYS_personality,
  /* Root needs no capability to end root's other processes. */
  SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_pidfd_open, SYS_pidfd_send_signal,
#ifdef SYS_fork
  SYS_fork, SYS_vfork,
#endif
};
static const uint32_t mapping[] = {SYS_mmap, SYS_mprotect, SYS_pkey_mprotect};

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define LOAD(field) (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (field))
#define ANSWER(value) (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (value))
#define WHEN(value, yes, no) (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define WHEN_ABOVE(value, yes, no) (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (value), (yes), (no))
#define WHEN_SET(value, yes, no) (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (value), (yes), (no))

/* Little-endian machines keep the low half of an argument first. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PROTECTION offsetof(struct seccomp_data, args[2])
#else
#define PROTECTION (offsetof(struct seccomp_data, args[2]) + 4)
#endif
#define X32_CALLS 0x40000000u

/* No program, no process, no socket, no new code in memory: a library that is fooled into loading an object from the unpacked tree cannot. */
void forbid_programs(void)
{
  struct sock_filter filter[COUNT(forbidden) * 2 + COUNT(mapping) + 16];
  unsigned short n = 0;
  filter[n++] = LOAD(offsetof(struct seccomp_data, arch));
  filter[n++] = WHEN(THIS_ARCH, 1, 0);
  filter[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
  filter[n++] = LOAD(offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
  filter[n++] = WHEN_ABOVE(X32_CALLS, 0, 1);
  filter[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
#endif
  for (size_t i = 0; i < COUNT(forbidden); i++) {
    filter[n++] = WHEN(forbidden[i], 0, 1);
    filter[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
  }
  for (size_t i = 0; i < COUNT(mapping); i++)
    filter[n++] = WHEN(mapping[i], (unsigned char)(COUNT(mapping) - i), 0);
  filter[n++] = ANSWER(SECCOMP_RET_ALLOW);
  filter[n++] = LOAD(PROTECTION);
  filter[n++] = WHEN_SET(PROT_EXEC, 0, 1);
  filter[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
  filter[n++] = ANSWER(SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {.len = n, .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    fail_errno(NULL, "cannot set the system call filter");
}

void confine(int fd, uint64_t time_ms)
{
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0)
    fail_errno(NULL, "cannot leave the network");
  enter_root(fd);
  limit_resources(time_ms);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    fail_errno(NULL, "cannot give up new privileges");
}
