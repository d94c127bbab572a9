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
  type LaunchRequest,
} from '../lib/index.ts'
import { followed, say, step, takeBack } from './steps.ts'

/**
 * The main job from end to end, on a host of its own below a temporary directory. Everything it makes is removed, also when it is
 * interrupted; an interruption while something is being removed ends it at once.
 */
const { values } = parseArgs({
  options: {
    image: { type: 'string', default: 'busybox' },
    help: { type: 'boolean', default: false },
  },
})

const plain = values.image === 'busybox'
const interruption = new AbortController()
const { signal } = interruption

async function main(): Promise<number> {
  if (values.help || !['busybox', 'debian'].includes(values.image)) {
    process.stdout.write('usage: npm run quickstart [-- --image busybox|debian]\n')
    return values.help ? 0 : 2
  }
  if (process.getuid?.() !== 0) throw new Error('containers need root: run it as root')
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const root = await mkdtemp(join(process.env.TMPDIR ?? '/var/tmp', 'lxworks-quickstart-'))
  try {
    const image = join(root, 'image')
    const archive = await step(`build the ${values.image} image`, () => buildImage(image), signal)
    await using host = await step('open the host', () => createHost({ root }), signal)
    await onHost(host, archive)
  } finally {
    await takeBack('remove the directory', () => rm(root, { recursive: true, force: true }))
  }
  return signal.aborted ? 130 : 0
}

function interrupt(): void {
  if (signal.aborted) process.exit(130)
  say('interrupted: what was made is removed; once more, and it is left')
  interruption.abort(new Error('interrupted'))
}

async function buildImage(directory: string): Promise<string> {
  await mkdir(directory)
  return plain ? (await buildBusyboxImage(directory)).unified : buildDebianImage(directory)
}

async function onHost(host: Host, path: string): Promise<void> {
  const network = `lxqs${randomBytes(3).toString('hex')}`
  const image = await step(
    'import the image',
    () => followed(host.images.import({ path, aliases: [{ name: 'quickstart' }] }, { signal })),
    signal,
  )
  try {
    await withPool(host, network)
  } finally {
    await takeBack('delete the image', () => followed(host.images.delete(image.fingerprint)))
  }
}

async function withPool(host: Host, network: string): Promise<void> {
  const pool = { name: 'default', driver: 'dir' }
  await step('create the pool', () => followed(host.storage.create(pool, { signal })), signal)
  try {
    await withNetwork(host, network)
  } finally {
    await takeBack('delete the pool', () => followed(host.storage.delete('default')))
  }
}

async function withNetwork(host: Host, name: string): Promise<void> {
  const network = { name, config: { 'ipv6.address': 'none' } }
  await step(
    `create the bridge ${name}`,
    () => followed(host.networks.create(network, { signal })),
    signal,
  )
  try {
    await withInstance(host, name)
  } finally {
    await takeBack('delete the bridge', () => followed(host.networks.delete(name)))
  }
}

async function withInstance(host: Host, network: string): Promise<void> {
  const request: LaunchRequest = {
    name: 'first',
    image: 'quickstart',
    devices: {
      root: { type: 'disk', path: '/', pool: 'default' },
      eth0: { type: 'nic', network },
    },
    wait: plain
      ? { kind: 'address' }
      : { kind: 'all', of: [{ kind: 'system' }, { kind: 'address' }] },
  }
  const instance = await step(
    'launch an unprivileged container',
    () => followed(host.instances.launch(request, { signal })),
    signal,
  )
  try {
    await inside(instance)
  } finally {
    await takeBack('delete the container', () => followed(instance.delete({ force: true })))
  }
}

async function inside(instance: Instance): Promise<void> {
  const script =
    'echo "hello from $(hostname), process 1 is $(cat /proc/1/comm), root here is $(head -1 /proc/self/uid_map)"'
  const { exitCode, stdout } = await step(
    'run a command in it',
    () => instance.exec(['sh', '-c', script], { signal }),
    signal,
  )
  say(`    exit code ${exitCode}: ${stdout.trim()}`)
  const state = await step('read its state', () => instance.state(), signal)
  const addresses = Object.entries(state.network ?? {}).flatMap(([name, link]) =>
    link.addresses
      .filter(({ scope }) => scope === 'global')
      .map(({ address }) => `${name} ${address}`),
  )
  say(
    `    ${state.status}, ${state.processes} processes, ${Math.round(state.memory.usageBytes / 1024)} KiB, ${addresses.join(', ')}`,
  )
}

process.exitCode = await main().catch((error: unknown) => {
  if (signal.aborted) return 130
  const code = isLxworksError(error) ? ` (${error.code})` : ''
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`quickstart failed${code}: ${message}\n`)
  return 1
})
