import { lines, type Reading, readings } from './reading.ts'

/** A guest may make as many interfaces as it likes. */
const MOST_INTERFACES = 256

/** From `/proc/<pid>/net/dev`: two lines of headings, then a name and sixteen numbers for each interface. */
export function interfaceReadings(text: string | undefined): readonly Reading[] {
  return lines(text)
    .slice(2, 2 + MOST_INTERFACES)
    .flatMap((line) => {
      const at = line.lastIndexOf(':')
      const counts = line
        .slice(at + 1)
        .trim()
        .split(/\s+/)
        .map(Number)
      return readings(
        {
          network_receive_bytes_total: counts[0],
          network_receive_drop_total: counts[3],
          network_receive_errs_total: counts[2],
          network_receive_packets_total: counts[1],
          network_transmit_bytes_total: counts[8],
          network_transmit_drop_total: counts[11],
          network_transmit_errs_total: counts[10],
          network_transmit_packets_total: counts[9],
        },
        { device: line.slice(0, at).trim() },
      )
    })
}
