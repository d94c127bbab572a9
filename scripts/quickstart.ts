import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildBusyboxImage } from '../examples/busybox-image.ts'
import { buildDebianImage } from '../examples/debian-image.ts'
import {
  createHost,
  type Host,
  type Instance,
  isLxworksError,
  type Operation,
} from '../lib/index.ts'

/** The main job from end to end, on a host of its own below a temporary directory; everything it makes is removed. */
const { values } = parseArgs({
  options: {
    image: { type: 'string', default: 'busybox' },
    help: { type: 'boolean', default: false },
  },
})

const begun = performance.now()

function say(text: string): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(2).padStart(7)
  process.stdout.write(`${seconds} s  ${text}\n`)
}

/** Runs one step and tells how long it took. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  say(`${what} …`)
  const result = await work()
  say(`${what}: ${Math.round(performance.now() - start)} ms`)
  return result
}

/** Shows an operation's steps as they come. */
async function followed<T>(operation: Operation<T>): Promise<T> {
  let last = ''
  for await (const { step: name } of operation) {
    if (name !== last) say(`    ${name}`)
    last = name
  }
  return operation
}

const plain = values.image === 'busybox'

async function main(): Promise<void> {
  if (values.help || !['busybox', 'debian'].includes(values.image)) {
    process.stdout.write('usage: npm run quickstart [-- --image busybox|debian]\n')
    process.exitCode = values.help ? 0 : 2
    return
  }
  if (process.getuid?.() !== 0) throw new Error('containers need root: run it as root')
  const root = await mkdtemp('/var/tmp/lxworks-quickstart-')
  try {
    const archive = await step(`build the ${values.image} image`, () =>
      buildImage(join(root, 'image')),
    )
    await using host = await step('open the host', () => createHost({ root }))
    await onHost(host, archive)
  } finally {
    await step('remove the directory', () => rm(root, { recursive: true, force: true }))
  }
}

async function buildImage(directory: string): Promise<string> {
  await mkdir(directory)
  return plain ? (await buildBusyboxImage(directory)).unified : buildDebianImage(directory)
}

async function onHost(host: Host, archive: string): Promise<void> {
  const network = `lxqs${randomBytes(3).toString('hex')}`
  const image = await step('import the image', () =>
    followed(host.images.import({ path: archive, aliases: [{ name: 'quickstart' }] })),
  )
  await step('create the pool', () =>
    followed(host.storage.create({ name: 'default', driver: 'dir' })),
  )
  try {
    await step('create the bridge', () =>
      followed(host.networks.create({ name: network, config: { 'ipv6.address': 'none' } })),
    )
    try {
      await withInstance(host, network)
    } finally {
      await step('delete the bridge', () => followed(host.networks.delete(network)))
    }
  } finally {
    await step('delete the image', () => followed(host.images.delete(image.fingerprint)))
    await step('delete the pool', () => followed(host.storage.delete('default')))
  }
}

async function withInstance(host: Host, network: string): Promise<void> {
  const launching = () =>
    followed(
      host.instances.launch({
        name: 'first',
        image: 'quickstart',
        devices: {
          root: { type: 'disk', path: '/', pool: 'default' },
          eth0: { type: 'nic', network },
        },
        wait: plain
          ? { kind: 'address' }
          : { kind: 'all', of: [{ kind: 'system' }, { kind: 'address' }] },
      }),
    )
  const instance = await step('launch an unprivileged container', launching)
  try {
    await inside(instance)
  } finally {
    await step('delete the container', () => followed(instance.delete({ force: true })))
  }
}

async function inside(instance: Instance): Promise<void> {
  const script =
    'echo "hello from $(hostname), process 1 is $(cat /proc/1/comm), root here is $(head -1 /proc/self/uid_map)"'
  const { exitCode, stdout } = await step('run a command in it', () =>
    instance.exec(['sh', '-c', script]),
  )
  say(`    exit code ${exitCode}: ${stdout.trim()}`)
  const state = await step('read its state', () => instance.state())
  const addresses = Object.entries(state.network ?? {}).flatMap(([name, link]) =>
    link.addresses
      .filter(({ scope }) => scope === 'global')
      .map(({ address }) => `${name} ${address}`),
  )
  say(
    `    ${state.status}, ${state.processes} processes, ${Math.round(state.memory.usageBytes / 1024)} KiB, ${addresses.join(', ')}`,
  )
}

await main().catch((error: unknown) => {
  const code = isLxworksError(error) ? ` (${error.code})` : ''
  process.stderr.write(
    `quickstart failed${code}: ${error instanceof Error ? error.message : String(error)}\n`,
  )
  process.exitCode = 1
})
