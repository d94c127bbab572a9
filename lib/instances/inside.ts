import type { FileRoot } from '../../bindings/helper/native.ts'
import type { Cancellable } from '../core/cancel.ts'
import { LxworksError } from '../core/errors.ts'
import { containerTarget } from './adopt.ts'
import { Consoles } from './console.ts'
import type {
  ConsoleOptions,
  ExecOptions,
  Execution,
  InstanceConsole,
  InstanceFiles,
  InstanceRecord,
  InstanceRef,
  Instances,
  Ready,
} from './contract.ts'
import { parseIdmapJson, rootPool } from './create-plan.ts'
import type { InstancesDeps } from './deps.ts'
import { execute } from './exec.ts'
import { type ExecSubject, execRequest, refuseIdle } from './exec-request.ts'
import { instanceFilesOf } from './files.ts'
import { type ImageDocumentsDeps, instanceMetadata, instanceTemplates } from './image-documents.ts'
import { instanceFiles } from './instance-files.ts'
import { clearConsoleLog, readConsoleLog } from './lxc/console-log.ts'
import { instanceKey, storageName } from './names.ts'
import { untilReady } from './ready.ts'
import type { InstanceRecords } from './records.ts'
import type { Roster } from './roster.ts'
import type { RunningInstances } from './running.ts'
import { readState, type StateDeps } from './state.ts'

/** Those of the room that know how instances are. */
export interface InsideDeps {
  readonly roster: Roster
  readonly running: RunningInstances
  readonly records: InstanceRecords
  readonly state: StateDeps
}

/** What is done inside one instance that exists already. */
export class Inside {
  readonly #deps: InstancesDeps
  readonly #own: InsideDeps
  readonly #consoles: Consoles

  constructor(deps: InstancesDeps, own: InsideDeps) {
    this.#deps = deps
    this.#own = own
    this.#consoles = new Consoles(deps.natives)
  }

  exec(
    ref: InstanceRef,
    argv: readonly [string, ...string[]],
    options: ExecOptions = {},
  ): Execution {
    const { natives, settings } = this.#deps
    return execute(
      {
        helper: natives.helper,
        linux: natives.linux(),
        request: async () =>
          execRequest(await this.#subject(ref), { argv, options, root: settings.paths.root }),
      },
      options,
    )
  }

  /** Of one that runs here, no more is asked than a command needs. */
  async #subject(ref: InstanceRef): Promise<ExecSubject> {
    const { running, records, roster } = this.#own
    if (running.get(ref)) {
      const status = running.isFrozen(ref) ? 'Frozen' : 'Running'
      return { ...ref, status, config: await records.execConfig(ref) }
    }
    const record = await roster.get(ref)
    return { ...ref, status: record.status, config: record.expandedConfig }
  }

  files(ref: InstanceRef): InstanceFiles {
    const { natives } = this.#deps
    return instanceFilesOf({
      helper: natives.helper,
      linux: natives.linux(),
      root: () => this.#root(ref),
    })
  }

  documents(ref: InstanceRef): ImageDocumentsDeps {
    const { natives, ports, rooms, ledger } = this.#deps
    return {
      ...{ confined: ports.confined, files: ports.files, images: rooms.images },
      volume: async () => this.#volume(await this.#own.roster.get(ref)),
      below: (path) =>
        instanceFilesOf({
          ...{ helper: natives.helper, linux: natives.linux() },
          root: async () => ({ path }),
        }),
      alone: (work) => ledger.locks.hold([instanceKey(ref)], work),
    }
  }

  async console(ref: InstanceRef, options: ConsoleOptions = {}): Promise<InstanceConsole> {
    refuseIdle(await this.#own.roster.get(ref))
    return this.#consoles.attach(containerTarget(ref, this.#deps.settings.paths.root), options)
  }

  async consoleLog(ref: InstanceRef): Promise<Buffer> {
    await this.#own.roster.get(ref)
    return readConsoleLog(this.#console(ref), this.#deps.ports.files)
  }

  async clearConsoleLog(ref: InstanceRef): Promise<void> {
    await this.#own.roster.get(ref)
    await clearConsoleLog(this.#console(ref), this.#deps.ports.files)
  }

  async ready(ref: InstanceRef, condition: Ready, options: Cancellable = {}): Promise<void> {
    const view = {
      state: () => readState(ref, this.#own.state),
      exec: (argv: readonly [string, ...string[]], exec: ExecOptions) => this.exec(ref, argv, exec),
      files: this.files(ref),
      consoleLog: () => this.consoleLog(ref),
      clock: this.#deps.ports.clock,
    }
    await untilReady(view, condition, options)
  }

  #console(ref: InstanceRef): string {
    return instanceFiles(this.#deps.settings.paths.root, storageName(ref)).console
  }

  async #root(ref: InstanceRef): Promise<FileRoot> {
    const record = await this.#own.roster.get(ref)
    const container = this.#own.running.get(ref)
    if (container) return { pid: container.initPid }
    const path = await this.#volume(record)
    const idmap = parseIdmapJson(record.config['volatile.last_state.idmap'])
    return { path: `${path}/rootfs`, ...(idmap.length > 0 && { idmap }) }
  }

  async #volume(record: InstanceRecord): Promise<string> {
    const driver = await this.#deps.rooms.storage.volumes(rootPool(record.expandedDevices))
    const at = await driver.attach({ kind: 'container', name: storageName(record) })
    if (at.kind !== 'path')
      throw new LxworksError('files of a stopped instance need a mounted volume', {
        kind: 'unsupported',
        code: 'INSTANCE_FILES_UNREACHABLE',
      })
    return at.path
  }
}

type InsideVerbs =
  | ('exec' | 'files' | 'console' | 'consoleLog' | 'clearConsoleLog')
  | ('ready' | 'metadata' | 'templates')

/** That part of the room. */
export function insideVerbs(inside: Inside): Pick<Instances, InsideVerbs> {
  return {
    exec: (ref, argv, options) => inside.exec(ref, argv, options),
    files: (ref) => inside.files(ref),
    console: (ref, options) => inside.console(ref, options),
    consoleLog: (ref) => inside.consoleLog(ref),
    clearConsoleLog: (ref) => inside.clearConsoleLog(ref),
    ready: (ref, condition, options) => inside.ready(ref, condition, options),
    metadata: (ref) => instanceMetadata(inside.documents(ref)),
    templates: (ref) => instanceTemplates(inside.documents(ref)),
  }
}
