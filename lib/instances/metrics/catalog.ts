/** One of LXD's metrics; its name in an answer starts with `lxd_`. */
export interface MetricDescription {
  readonly kind: 'counter' | 'gauge'
  readonly help: string
}

/** LXD's names, in the order in which it writes them. */
export const METRICS = Object.freeze({
  cpu_seconds_total: counter('Processor time used, in seconds.'),
  disk_read_bytes_total: counter('Bytes read from a disk.'),
  disk_reads_completed_total: counter('Reads from a disk that were completed.'),
  disk_written_bytes_total: counter('Bytes written to a disk.'),
  disk_writes_completed_total: counter('Writes to a disk that were completed.'),
  filesystem_avail_bytes: gauge('Bytes of a file system that users may still take.'),
  filesystem_free_bytes: gauge('Bytes of a file system that are free.'),
  filesystem_size_bytes: gauge('Size of a file system, in bytes.'),
  memory_Active_anon_bytes: gauge('Anonymous memory in active use.'),
  memory_Active_file_bytes: gauge('Memory of files in active use.'),
  memory_Active_bytes: gauge('Memory in active use.'),
  memory_Cached_bytes: gauge('Memory that holds content of files.'),
  memory_Dirty_bytes: gauge('Memory that waits to be written to disk.'),
  memory_HugepagesFree_bytes: gauge('Memory in huge pages that may still be taken.'),
  memory_HugepagesTotal_bytes: gauge('Memory in huge pages that may be used.'),
  memory_Inactive_anon_bytes: gauge('Anonymous memory that was not used for a while.'),
  memory_Inactive_file_bytes: gauge('Memory of files that was not used for a while.'),
  memory_Inactive_bytes: gauge('Memory that was not used for a while.'),
  memory_Mapped_bytes: gauge('Memory of files that processes have mapped.'),
  memory_MemAvailable_bytes: gauge('Memory that is free, or would be if it were needed.'),
  memory_MemFree_bytes: gauge('Memory that is free.'),
  memory_MemTotal_bytes: gauge('Memory that may be used.'),
  memory_RSS_bytes: gauge('Anonymous memory of processes.'),
  memory_Shmem_bytes: gauge('Shared memory, that of tmpfs included.'),
  memory_Swap_bytes: gauge('Memory that was swapped out.'),
  memory_Unevictable_bytes: gauge('Memory that cannot be taken back.'),
  memory_Writeback_bytes: gauge('Memory that is being written to disk.'),
  network_receive_bytes_total: counter('Bytes received by an interface.'),
  network_receive_drop_total: counter(
    'Packets that were dropped while an interface received them.',
  ),
  network_receive_errs_total: counter('Errors while an interface received.'),
  network_receive_packets_total: counter('Packets received by an interface.'),
  network_transmit_bytes_total: counter('Bytes sent by an interface.'),
  network_transmit_drop_total: counter('Packets that were dropped while an interface sent them.'),
  network_transmit_errs_total: counter('Errors while an interface sent.'),
  network_transmit_packets_total: counter('Packets sent by an interface.'),
  procs_total: gauge('Processes and threads that run.'),
} as const satisfies Readonly<Record<string, MetricDescription>>)

/** The names of these. */
export type MetricName = keyof typeof METRICS

function counter(help: string): MetricDescription {
  return { kind: 'counter', help }
}

function gauge(help: string): MetricDescription {
  return { kind: 'gauge', help }
}
