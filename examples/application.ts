import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createHost } from '../lib/index.ts'

/** One application of a registry: `node application.js https://docker.io hello-world`. What it makes is gone when it ends. */
const [server = 'https://docker.io', alias = 'hello-world'] = process.argv.slice(2)
const root = await mkdtemp(join(tmpdir(), 'lxworks-example-'))
try {
  await using host = await createHost({ root })
  await host.storage.create({ name: 'default', driver: 'dir' })
  await using box = await host.instances.launch({
    image: { protocol: 'oci', server, alias },
    devices: { root: { type: 'disk', path: '/', pool: 'default' } },
  })
  let { exitCode } = await box.state()
  while (exitCode === undefined) {
    await setTimeout(100)
    exitCode = (await box.state()).exitCode
  }
  process.stdout.write(await box.consoleLog())
  console.log('exit code', exitCode)
} finally {
  await rm(root, { recursive: true, force: true })
}
