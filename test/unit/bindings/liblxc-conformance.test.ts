import { describe, it } from 'vitest'
import { FakeLiblxc } from '../../../bindings/liblxc/fake.ts'
import { type LiblxcSubject, liblxcRules } from '../../conformance/liblxc.ts'

function inMemory(): LiblxcSubject {
  const liblxc = new FakeLiblxc(['devpts_fd'])
  liblxc.missing('/nowhere/config')
  let pid = 2 ** 22
  let made = 0
  return {
    liblxc,
    extension: 'devpts_fd',
    container: async () => {
      made += 1
      const ref = { name: `c${made}`, lxcPath: '/lxc' }
      return {
        ref,
        start: async () => {
          pid += 1
          const cgroup = { 'pids.max': 'max' }
          liblxc.start(ref, { initPid: pid, cgroup, config: { 'lxc.uts.name': ref.name } })
          return pid
        },
        stop: async () => liblxc.stop(ref),
        print: async (word) => liblxc.print(ref, `${word}\r\n`),
      }
    },
  }
}

describe('the liblxc binding in memory', () => {
  it.each(liblxcRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await rule.run(inMemory())
  })
})
