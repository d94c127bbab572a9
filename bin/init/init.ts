import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { parse, stringify } from 'yaml'
import { UsageError } from '../usage.ts'
import { type Answers, listenAddress, preseedOf } from './answers.ts'
import { type Api, apiOn } from './api.ts'
import { dumped } from './dump.ts'
import { interview, type Present } from './interview.ts'
import { applyPreseed, checkPreseed } from './preseed.ts'

export interface InitOptions {
  readonly mode: 'interactive' | 'auto' | 'preseed' | 'dump'
  /** For `auto`. */
  readonly storageBackend?: string | undefined
  readonly networkAddress?: string | undefined
  readonly networkPort?: string | undefined
  readonly trustPassword?: string | undefined
}

/** Sets a running server up. */
export async function init(socketPath: string, options: InitOptions): Promise<number> {
  const api = apiOn(socketPath)
  switch (options.mode) {
    case 'dump':
      process.stdout.write(stringify(await dumped(api)))
      return 0
    case 'preseed':
      await applyPreseed(api, checkPreseed(yaml(await text(process.stdin))))
      return 0
    case 'auto':
      await applyPreseed(api, preseedOf(automatic(options, await present(api))))
      return 0
    case 'interactive':
      return interactive(api)
  }
}

async function interactive(api: Api): Promise<number> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // Answers may also come from a pipe, all at once.
  const lines = terminal[Symbol.asyncIterator]()
  try {
    const person = async (question: string, fallback: string): Promise<string> => {
      const shown = fallback === '' ? '' : ` [default=${fallback}]`
      process.stdout.write(`${question}${shown}: `)
      const { value, done } = await lines.next()
      if (done) throw new UsageError('the answers ended before the questions')
      return value.trim() === '' ? fallback : value.trim()
    }
    const wanted = preseedOf(await interview(person, await present(api)))
    if (
      /^y/i.test(await person('Would you like a YAML "init" preseed to be printed? (yes/no)', 'no'))
    ) {
      process.stdout.write(stringify(wanted))
    }
    await applyPreseed(api, wanted)
    return 0
  } finally {
    terminal.close()
  }
}

/** Only what is not there yet, so that it may be run again. */
function automatic(options: InitOptions, { pools, networks, bridge }: Present): Answers {
  const { storageBackend: driver = 'dir', networkAddress, networkPort = '8443' } = options
  return {
    ...(pools.length === 0 && { pool: { name: 'default', driver } }),
    ...(networks.length === 0 && { bridge: { name: bridge, ipv4: 'auto', ipv6: 'auto' } }),
    ...(networkAddress !== undefined && { address: listenAddress(networkAddress, networkPort) }),
    ...(options.trustPassword !== undefined && { trustPassword: options.trustPassword }),
  }
}

async function present(api: Api): Promise<Present> {
  const [pools, networks, server] = (await Promise.all([
    api.call('GET', '/1.0/storage-pools?recursion=1'),
    api.call('GET', '/1.0/networks?recursion=1'),
    api.call('GET', '/1.0'),
  ])) as [
    readonly { readonly name: string }[],
    readonly { readonly name: string; readonly managed: boolean }[],
    {
      readonly environment: {
        readonly storage_supported_drivers: readonly { readonly Name: string }[]
      }
    },
  ]
  return {
    pools: pools.map(({ name }) => name),
    networks: networks.filter(({ managed }) => managed).map(({ name }) => name),
    bridge: freeBridge(networks.map(({ name }) => name)),
    drivers: server.environment.storage_supported_drivers.map(({ Name }) => Name),
  }
}

/** LXD's name for its bridge, with the first number that no interface of the host has. */
function freeBridge(taken: readonly string[]): string {
  for (let number = 0; ; number++) {
    if (!taken.includes(`lxdbr${number}`)) return `lxdbr${number}`
  }
}

function yaml(source: string): unknown {
  try {
    return parse(source, { maxAliasCount: 0 })
  } catch (cause) {
    throw new UsageError(
      `the preseed is no YAML: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}
