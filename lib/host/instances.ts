import type { Cancellable } from '../core/cancel.ts'
import { errorMessage, isLxworksError, LxworksError } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { OperationWork } from '../core/operation.ts'
import type { Images } from '../images/contract.ts'
import type { InstanceRef, Instances } from '../instances/contract.ts'
import type { HostInstances, Instance, LaunchRequest, NewInstance, Operations } from './contract.ts'
import { showingImage } from './image-progress.ts'
import { given, instanceHandle, resourcesOf, startCopy } from './instance.ts'
import { withLocalImage } from './obtain.ts'
import type { PublishRooms } from './publish.ts'

export interface HostInstancesDeps {
  readonly project: string
  readonly instances: Instances
  readonly rooms: PublishRooms
  readonly images: Images
  readonly operations: Operations
  readonly events: EventSink
}

export function hostInstances(deps: HostInstancesDeps): HostInstances {
  const { project, instances, operations } = deps
  const operate = (
    request: NewInstance,
    options: Cancellable,
    work: (own: OperationWork) => Promise<Instance>,
  ) =>
    operations.start(
      {
        description: 'Creating instance',
        resources:
          request.name === undefined
            ? {}
            : resourcesOf({ project, name: request.name }, request.type ?? 'container'),
        ...given(options),
      },
      work,
    )
  return {
    create: (request, options = {}) =>
      operate(request, options, async (own) => {
        const showing = showingImage(own)
        const local = await withLocalImage(request, deps, showing)
        const record = await instances.create(project, local, showing)
        return instanceHandle(record, deps, 'made')
      }),
    launch: (request, options = {}) =>
      operate(request, options, (walking) => launch(request, walking, deps)),
    copy: (request, options = {}) => startCopy({ project, request }, deps, options),
    plan: (request) => instances.plan(project, request),
    get: async (name) => {
      await instances.check({ project, name })
      return instanceHandle({ project, name }, deps, 'found')
    },
    names: (query = {}) => {
      const { allProjects, ...rest } = query
      return instances.names(allProjects ? rest : { ...rest, project })
    },
    list: (query = {}) => {
      const { allProjects, ...rest } = query
      return instances.list(allProjects ? rest : { ...rest, project })
    },
    autostarted: () => instances.autostarted(),
    shutDownAll: (options) => instances.shutDownAll(options),
  }
}

/** Create, start, wait; what was made is removed again when a later part fails, and the error tells the end of the console. */
async function launch(
  { wait, ...request }: LaunchRequest,
  walking: OperationWork,
  deps: HostInstancesDeps,
): Promise<Instance> {
  const { instances, project } = deps
  const showing = showingImage(walking)
  const local = await withLocalImage(request, deps, showing)
  const record = await instances.create(project, local, showing)
  try {
    await instances.start(record, walking)
    if (wait) {
      walking.progress({ step: `wait until it is ready: ${wait.kind}` })
      await instances.ready(record, wait, walking)
    }
    return instanceHandle(record, deps, 'made')
  } catch (error) {
    const explained = await withConsole(record, error, instances)
    await instances.delete(record, { force: true })
    throw explained
  }
}

const CONSOLE_TAIL_BYTES = 2_000

async function withConsole(
  ref: InstanceRef,
  error: unknown,
  instances: Instances,
): Promise<unknown> {
  if (!isLxworksError(error) || error.context.console !== undefined) return error
  const log = await instances.consoleLog(ref).then(String, () => '')
  const console = log.slice(-CONSOLE_TAIL_BYTES)
  if (console === '') return error
  return new LxworksError(`${errorMessage(error)}; the end of its console:\n${console}`, {
    kind: error.kind,
    code: error.code,
    context: { ...error.context, console },
    cause: error,
  })
}
