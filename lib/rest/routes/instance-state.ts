import { z } from 'zod'
import type { Operation } from '../../core/operation.ts'
import type { Host, Instance } from '../../host/contract.ts'
import type { InstanceStatus, InstanceView } from '../../instances/contract.ts'
import { invalid, unsupported } from '../failures.ts'
import { stateWire } from '../render/instance.ts'
import { background, data, param, type Route, started, sync } from '../route.ts'
import { flag, text, whole } from '../schemas.ts'
import { urlOf } from '../urls.ts'
import { ONE } from './instances.ts'

const request = z.object({ action: text, timeout: whole, force: flag, stateful: flag })
type StateRequest = z.output<typeof request>

interface Action {
  readonly description: string
  /** Whether a change of many instances means one in this state. */
  readonly concerns: (status: InstanceStatus) => boolean
  readonly run: (instance: Instance, request: StateRequest) => Operation<void>
}

const ACTIONS: Readonly<Record<string, Action>> = {
  start: {
    description: 'Starting instance',
    concerns: (status) => status === 'Stopped',
    run: (instance) => instance.start(),
  },
  stop: {
    description: 'Stopping instance',
    concerns: (status) => status !== 'Stopped',
    run: (instance, how) => instance.stop(ending(how)),
  },
  restart: {
    description: 'Restarting instance',
    concerns: (status) => status === 'Running',
    run: (instance, how) => instance.restart(ending(how)),
  },
  freeze: {
    description: 'Freezing instance',
    concerns: (status) => status === 'Running',
    run: (instance) => instance.freeze(),
  },
  unfreeze: {
    description: 'Unfreezing instance',
    concerns: (status) => status === 'Frozen',
    run: (instance) => instance.thaw(),
  },
}

export const instanceStateRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: `${ONE}/state`,
    run: async (host, input) => {
      const instance = await host.instances.get(param(input, 'name'))
      return data(stateWire(await instance.state()))
    },
  }),
  background({
    method: 'PUT',
    path: `${ONE}/state`,
    body: request,
    run: async (host, input) => {
      const action = actionOf(input.body)
      const instance = await host.instances.get(param(input, 'name'))
      return started(action.run(instance, input.body))
    },
  }),
  background({
    method: 'PUT',
    path: '/1.0/instances',
    body: z.object({ state: request }),
    run: async (host, { body: { state } }) => {
      const action = actionOf(state)
      const all = await host.instances.list()
      const concerned = all.filter(({ status }) => action.concerns(status))
      return started(
        host.operations.start(
          { description: action.description, resources: resources(concerned) },
          () => runAll(host, concerned, (instance) => action.run(instance, state)),
        ),
      )
    },
  }),
]

function actionOf({ action, stateful }: StateRequest): Action {
  const found = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  if (!found) throw invalid(`Unknown action: '${action}'; use ${Object.keys(ACTIONS).join(', ')}`)
  if (stateful) throw unsupported('the memory of an instance cannot be saved here')
  return found
}

/** No time at all means by force; a negative one, for ever. */
function ending({ force, timeout }: StateRequest) {
  if (force || timeout === 0) return { force: true }
  return timeout > 0 ? { timeoutMs: timeout * 1_000 } : {}
}

/** Every instance is tried; the first failure is told when all have ended. */
async function runAll(
  host: Host,
  views: readonly InstanceView[],
  run: (instance: Instance) => Operation<void>,
): Promise<void> {
  const results = await Promise.allSettled(
    views.map(async ({ name }) => run(await host.instances.get(name))),
  )
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason
  }
}

function resources(views: readonly InstanceView[]): Readonly<Record<string, readonly string[]>> {
  if (views.length === 0) return {}
  return { instances: views.map(({ name, project }) => urlOf(['instances', name], project)) }
}
