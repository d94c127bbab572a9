import { expect, it } from 'vitest'
import { fakeHelper } from '../../../bindings/helper/fake.ts'
import { linux } from '../../../bindings/linux/index.ts'
import { execute } from '../../../lib/instances/exec.ts'

const target = { name: 'c1', lxcPath: '/nowhere', configFile: '/nowhere/config' }

async function world() {
  const helper = fakeHelper({ linux: linux(), commands: { say: () => ({ stdout: 'said' }) } })
  const { initPidfd, monitorPidfd } = await helper.start(target)
  const asked: string[] = []
  const deps = {
    helper: async () => helper,
    linux: linux(),
    request: async () => {
      asked.push('request')
      return { ...target, argv: ['say'], env: {}, cwd: '/', uid: 0, gid: 0 }
    },
  }
  const close = async (): Promise<void> => {
    for (const fd of [initPidfd, monitorPidfd]) linux().close(fd)
    await helper.close()
  }
  return { helper, deps, asked, [Symbol.asyncDispose]: close }
}

it('a command that waits for something is made ready meanwhile, and starts after it', async () => {
  await using own = await world()
  let go = (): void => undefined
  const after = new Promise<void>((resolve) => {
    go = resolve
  })
  const command = execute(own.deps, { after })
  await new Promise((resolve) => setImmediate(resolve))
  expect(own.asked).toEqual(['request'])
  expect(own.helper.calls()).not.toContain('exec')
  go()
  expect(await command).toMatchObject({ exitCode: 0, stdout: 'said' })
})

it('what a command waits for can refuse it, and nothing is started', async () => {
  await using own = await world()
  const command = execute(own.deps, { after: Promise.reject(new Error('nobody came')) })
  await expect(command).rejects.toThrow('nobody came')
  expect(own.helper.calls()).not.toContain('exec')
})
