import assert from 'node:assert/strict'
import type { LinuxRule } from './linux-subject.ts'

/** What holds of reading a network card's settings. */
export const ethernetRules: readonly LinuxRule[] = [
  {
    name: 'an interface without a driver is one of which nothing is told',
    run: async ({ linux }) => {
      assert.deepEqual(await linux.ethernet('lo'), { firmwareVersion: '' })
    },
  },
  {
    name: 'an interface that is not there, or cannot be, is no device',
    run: async ({ linux }) => {
      for (const name of ['nosuch0', '', 'n'.repeat(16), 'n'.repeat(5000)])
        await assert.rejects(linux.ethernet(name), { code: 'ENODEV', syscall: 'ioctl' })
    },
  },
  {
    name: 'a name that is no text is refused at once',
    run: async ({ linux }) => {
      // biome-ignore lint/suspicious/noExplicitAny: what the types forbid is what is tried
      const ask = async () => linux.ethernet(7 as any)
      await assert.rejects(ask(), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    },
  },
]
