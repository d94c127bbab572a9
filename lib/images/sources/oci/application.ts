import { z } from 'zod'
import type { RawConfig } from '../../../core/config.ts'
import { parsed } from './documents.ts'
import { architectureOf } from './platform.ts'
import { badDocument, notBuilt, shown } from './refusals.ts'

const MOST_WORDS = 1024
const words = z
  .array(z.string().max(128 * 1024))
  .max(MOST_WORDS)
  .nullish()
const names = z.record(z.string().max(1024), z.unknown()).nullish()

const configDocument = z.object({
  architecture: z.string().max(64),
  os: z.string().max(64),
  created: z.string().max(64).nullish(),
  config: z
    .object({
      User: z.string().max(256).nullish(),
      Env: words,
      Entrypoint: words,
      Cmd: words,
      WorkingDir: z.string().max(4096).nullish(),
      StopSignal: z.string().max(32).nullish(),
      ExposedPorts: names,
      Volumes: names,
    })
    .nullish(),
  rootfs: z.object({ diff_ids: z.array(z.string().max(256)).max(MOST_WORDS) }),
})

/** What an image says of the application in it. */
export interface Application {
  /** The kernel's word. */
  readonly architecture: string
  readonly createdAt: Date
  /** Entrypoint, then command: what is run. Empty where the image leaves that to others. */
  readonly command: readonly string[]
  readonly directory: string
  /** `user[:group]`, each a name or a number; '' is root. */
  readonly user: string
  readonly environment: RawConfig
  readonly stopSignal: string | undefined
  /** Told to people; nothing is opened for them. */
  readonly ports: readonly string[]
  /** Where it wants to keep data. */
  readonly volumes: readonly string[]
}

/** Parses and checks the configuration of an image. Refuses with code `IMAGE_OCI_BAD_DOCUMENT`. */
export function parseApplication(bytes: Buffer, layers: number): Application {
  const { architecture, os, created, config, rootfs } = parsed(
    configDocument,
    bytes,
    'configuration',
  )
  if (os !== 'linux')
    throw notBuilt(`An image for ${shown(os)}`, 'applications run on the kernel of this host')
  if (rootfs.diff_ids.length !== layers)
    throw badDocument(
      'configuration',
      `it speaks of ${rootfs.diff_ids.length} layers, and the manifest of ${layers}`,
    )
  return Object.freeze({
    architecture: kernelWord(architecture),
    createdAt: date(created ?? undefined),
    ...programOf(config ?? {}),
    ports: Object.keys(config?.ExposedPorts ?? {}).filter((port) => PORT.test(port)),
    volumes: Object.keys(config?.Volumes ?? {})
      .filter((path) => path.startsWith('/'))
      .map((path) => line(path, 'volume')),
  })
}

const PORT = /^\d{1,5}(?:-\d{1,5})?(?:\/\w{1,8})?$/

type Config = NonNullable<z.output<typeof configDocument>['config']>
type Program = Pick<Application, 'command' | 'directory' | 'user' | 'environment' | 'stopSignal'>

function programOf({ Entrypoint, Cmd, WorkingDir, User, Env, StopSignal }: Config): Program {
  const command = [...(Entrypoint ?? []), ...(Cmd ?? [])]
  return {
    command: command.map((word) => line(word, 'command')),
    directory: directoryOf(WorkingDir ?? ''),
    user: userOf(User ?? ''),
    environment: environmentOf(Env ?? []),
    stopSignal: signalOf(StopSignal ?? ''),
  }
}

/** What becomes configuration is written in lines for liblxc. */
function line(text: string, what: string): string {
  if (/[\0\r\n]/.test(text)) throw badDocument('configuration', `its ${what} has a line break`)
  return text
}

function kernelWord(word: string): string {
  const found = architectureOf(word)
  if (found === undefined)
    throw notBuilt(`The architecture ${shown(word)}`, 'no kernel of this library is called so')
  return found
}

function date(text: string | undefined): Date {
  const found = new Date(text ?? 0)
  return Number.isNaN(found.getTime()) ? new Date(0) : found
}

function directoryOf(path: string): string {
  const whole = line(path === '' ? '/' : path, 'working directory')
  return whole.startsWith('/') ? whole : `/${whole}`
}

function userOf(user: string): string {
  if (/^(?:[\w.-]{1,64}(?::[\w.-]{1,64})?)?$/.test(user)) return user
  throw badDocument('configuration', `${shown(user)} is no user`)
}

function environmentOf(entries: readonly string[]): RawConfig {
  const pairs = entries.map((entry): readonly [string, string] => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(entry) ?? []
    if (name === undefined || value === undefined || !/^[\w.-]{1,255}$/.test(name))
      throw badDocument('configuration', `${shown(entry)} is no variable of an environment`)
    return [name, line(value, `variable ${name}`)]
  })
  return Object.fromEntries(pairs)
}

/** `SIGTERM`, `TERM` or `15`. */
function signalOf(signal: string): string | undefined {
  if (signal === '') return undefined
  if (/^(?:SIG)?[A-Z]{2,8}\d?(?:[+-]\d{1,2})?$|^\d{1,2}$/.test(signal)) return signal
  throw badDocument('configuration', `${shown(signal)} is no signal`)
}
