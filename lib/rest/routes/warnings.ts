import { z } from 'zod'
import type { Host } from '../../host/contract.ts'
import { denied, invalid } from '../failures.ts'
import { listed } from '../lists.ts'
import { warningWire } from '../render/warning.ts'
import { data, done, type Input, param, type Route, sync } from '../route.ts'
import { text } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const ONE = '/1.0/warnings/:uuid'
const change = z.object({ status: text })

export const warningRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/warnings',
    run: async (host, input) => {
      const project = input.query.get('project')
      const records = await host.warnings.list(project === null ? {} : { project })
      return listed(input, records, {
        url: ({ uuid }) => urlOf(['warnings', uuid]),
        wire: warningWire,
      })
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => data(warningWire(await host.warnings.get(param(input, 'uuid')))),
  }),
  sync({ method: 'PUT', path: ONE, body: change, run: settle }),
  sync({ method: 'PATCH', path: ONE, body: change, run: settle }),
  sync({
    method: 'DELETE',
    path: ONE,
    run: async (host, input) => {
      await host.warnings.delete(param(input, 'uuid'))
      return done
    },
  }),
]

async function settle({ warnings }: Host, input: Input<z.output<typeof change>>) {
  const uuid = param(input, 'uuid')
  const { status } = input.body
  if (status === 'acknowledged') await warnings.acknowledge(uuid)
  else if (status === 'new') await warnings.reset(uuid)
  else throw badStatus(status)
  return done
}

function badStatus(status: string) {
  if (status === 'resolved') return denied('Status may only be set to "acknowledge" or "new"')
  return invalid(`Invalid warning type ${JSON.stringify(status)}`)
}
