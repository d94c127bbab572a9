/**
 * The system calls of the two 32-bit entries of an x86_64 kernel, without those by which a process ends or leaves a signal
 * handler, so that a refused program can still end.
 */
export function compatCalls(abi: 'x86' | 'x32'): readonly string[] {
  const own = abi === 'x86' ? ONLY_X86 : ONLY_X32
  return `${BOTH}${own}`
    .split(/\s+/)
    .filter((name) => name !== '')
    .toSorted()
}

/** Known to both. */
const BOTH = `
  accept4 access acct add_key adjtimex afs_syscall alarm arch_prctl bind bpf brk capget capset
  chdir chmod chown chroot clock_adjtime clock_getres clock_gettime clock_nanosleep
  clock_settime clone clone3 close close_range connect copy_file_range creat delete_module dup
  dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd
  eventfd2 execve execveat faccessat faccessat2 fadvise64 fallocate fanotify_init fanotify_mark
  fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fgetxattr finit_module flistxattr flock
  fork fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstatfs fsync ftruncate futex
  futex_waitv futimesat get_mempolicy get_robust_list getcpu getcwd getdents getdents64 getegid
  geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getpmsg getppid
  getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt
  gettid gettimeofday getuid getxattr init_module inotify_add_watch inotify_init inotify_init1
  inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit
  io_uring_enter io_uring_register io_uring_setup ioctl ioperm iopl ioprio_get ioprio_set kcmp
  kexec_load keyctl kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown
  lgetxattr link linkat listen listxattr llistxattr lookup_dcookie lremovexattr lseek lsetxattr
  lstat madvise mbind membarrier memfd_create memfd_secret migrate_pages mincore mkdir mkdirat
  mknod mknodat mlock mlock2 mlockall mmap modify_ldt mount mount_setattr move_mount move_pages
  mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap msgctl
  msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep open
  open_by_handle_at open_tree openat openat2 pause perf_event_open personality pidfd_getfd
  pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect poll
  ppoll prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease process_vm_readv
  process_vm_writev pselect6 ptrace putpmsg pwrite64 pwritev pwritev2 quotactl quotactl_fd read
  readahead readlink readlinkat readv reboot recvfrom recvmmsg recvmsg remap_file_pages
  removexattr rename renameat renameat2 request_key rmdir rseq rt_sigaction rt_sigpending
  rt_sigprocmask rt_sigqueueinfo rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
  sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
  sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
  sched_setscheduler sched_yield seccomp select semctl semget sendfile sendmmsg sendmsg sendto
  set_mempolicy set_mempolicy_home_node set_robust_list set_tid_address setdomainname setfsgid
  setfsuid setgid setgroups sethostname setitimer setns setpgid setpriority setregid setresgid
  setresuid setreuid setrlimit setsid setsockopt settimeofday setuid setxattr shmat shmctl shmdt
  shmget shutdown sigaltstack signalfd signalfd4 socket socketpair splice stat statfs statx
  swapoff swapon symlink symlinkat sync sync_file_range syncfs sysfs sysinfo syslog tee tgkill
  time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
  timerfd_gettime timerfd_settime times tkill truncate umask umount2 uname unlink unlinkat
  unshare userfaultfd ustat utime utimensat utimes vfork vhangup vmsplice wait4 waitid write
  writev
`

/** Known to the entry of i386 programs alone. */
const ONLY_X86 = `
  _llseek _newselect _sysctl bdflush break chown32 clock_adjtime64 clock_getres_time64
  clock_gettime64 clock_nanosleep_time64 clock_settime64 create_module fadvise64_64 fchown32
  fcntl64 fstat64 fstatat64 fstatfs64 ftime ftruncate64 futex_time64 get_kernel_syms
  get_thread_area getegid32 geteuid32 getgid32 getgroups32 getresgid32 getresuid32 getuid32 gtty
  idle io_pgetevents_time64 ipc lchown32 lock lstat64 mmap2 mpx mq_timedreceive_time64
  mq_timedsend_time64 nfsservctl nice oldfstat oldlstat oldolduname oldstat olduname
  ppoll_time64 prof profil pselect6_time64 query_module readdir recvmmsg_time64
  rt_sigtimedwait_time64 sched_rr_get_interval_time64 semtimedop_time64 sendfile64
  set_thread_area setfsgid32 setfsuid32 setgid32 setgroups32 setregid32 setresgid32 setresuid32
  setreuid32 setuid32 sgetmask sigaction signal sigpending sigprocmask sigsuspend socketcall
  ssetmask stat64 statfs64 stime stty timer_gettime64 timer_settime64 timerfd_gettime64
  timerfd_settime64 truncate64 ugetrlimit ulimit umount uselib utimensat_time64 vm86 vm86old
  vserver waitpid
`

/** Known to the entry of x32 programs alone. */
const ONLY_X32 = `
  accept kexec_file_load newfstatat security semop semtimedop tuxcall
`
