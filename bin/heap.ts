import { setFlagsFromString } from 'node:v8'

/**
 * A server lives long and mostly waits: it rather collects garbage more often than keep room for it. Measured over a thousand
 * commands, 50 at once: 105 MB resident instead of 151, for a tenth more time.
 */
export function keepHeapSmall(): void {
  // Both flags are read again each time the heap decides whether to grow.
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--optimize-for-size')
}
