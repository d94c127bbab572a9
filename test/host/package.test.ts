import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, it } from 'vitest'

const run = promisify(execFile)
const PACKAGE = resolve(import.meta.dirname, '../..')

let base: string

beforeAll(async () => {
  base = await mkdtemp('/var/tmp/lxworks-package-')
  await run('npm', ['pack', '--pack-destination', base], { cwd: PACKAGE })
  const [archive = ''] = await readdir(base)
  await run('tar', ['-xzf', join(base, archive), '-C', base])
  await symlink(join(PACKAGE, 'node_modules'), join(base, 'node_modules'))
}, 600_000)

afterAll(async () => {
  await rm(base, { recursive: true })
})

const evaluated = async (text: string): Promise<string> => {
  const argv = ['--input-type=module', '-e', text]
  return (await run(process.execPath, argv, { cwd: join(base, 'package') })).stdout
}

describe('the packed package', () => {
  it('brings its native parts built, and a host with them', async () => {
    const text = `
      import { createHost } from 'lxworks'
      const host = await createHost({ root: ${JSON.stringify(join(base, 'root'))} })
      await host.storage.create({ name: 'default', driver: 'dir' })
      console.log((await host.storage.list()).length)
      await host[Symbol.asyncDispose]()`
    assert.equal(await evaluated(text), '1\n')
  })

  it('gives liblxc to those who only want that', async () => {
    const text = `
      import { liblxc } from 'lxworks/liblxc'
      console.log(liblxc().hasApiExtension('devpts_fd'))`
    assert.equal(await evaluated(text), 'true\n')
  })

  it('holds what compiling them elsewhere needs, and no tests but the rules', async () => {
    const names = await readdir(join(base, 'package'), { recursive: true })
    for (const name of ['binding.gyp', 'bindings/linux/src/poll.cc', 'bindings/helper/src/serve.c'])
      assert.ok(names.includes(name), name)
    const tests = names.filter((name) => /\.test\.|^test\/|host\/programs/.test(name))
    assert.deepEqual(tests, [])
  })
})
