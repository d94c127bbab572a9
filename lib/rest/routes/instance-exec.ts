import { z } from 'zod'
import type { Host } from '../../host/contract.ts'
import { consoleOverWebsockets } from '../exec/console.ts'
import { type ExecRequest, execDetached, execOverWebsockets } from '../exec/exec.ts'
import type { Desk, ExecPlace } from '../exec/operation.ts'
import { invalid } from '../failures.ts'
import { background, type Input, type Route, started } from '../route.ts'
import { config, flag, orElse, text, whole } from '../schemas.ts'
import { known, ONE } from './instances.ts'

const request = z.object({
  command: orElse(z.array(z.string()), []),
  environment: orElse(config, {}),
  interactive: flag,
  width: whole,
  height: whole,
  user: whole,
  group: whole,
  cwd: text,
  'wait-for-websocket': flag,
  'record-output': flag,
})

const consoleRequest = z.object({ type: text, width: whole, height: whole })

export const execRoutes: readonly Route[] = [
  background({
    method: 'POST',
    path: `${ONE}/exec`,
    body: request,
    run: async (host, input) => {
      const place = await running(host, input)
      const exec = execRequest(input.body)
      if (input.body['wait-for-websocket']) {
        return started(execOverWebsockets(place, exec, deskOf(input)))
      }
      return started(execDetached(place, exec, input.body['record-output']))
    },
  }),
  background({
    method: 'POST',
    path: `${ONE}/console`,
    body: consoleRequest,
    run: async (host, input) => {
      const place = await running(host, input)
      refuseOtherThanText(input.body.type)
      return started(consoleOverWebsockets(place, input.body, deskOf(input)))
    },
  }),
]

function execRequest(body: z.output<typeof request>): ExecRequest {
  const [program, ...rest] = body.command
  if (program === undefined) throw invalid('the command is empty; give at least a program')
  if (body.interactive && body['record-output']) {
    throw invalid('the output of an interactive command cannot be recorded')
  }
  return { ...body, command: [program, ...rest] }
}

async function running(host: Host, input: Pick<Input, 'params'>): Promise<ExecPlace> {
  const { instance, record } = await known(host, input)
  if (record.status === 'Frozen') throw invalid('Instance is frozen; unfreeze it first')
  if (record.status !== 'Running') throw invalid('Instance is not running; start it first')
  return { host, instance, record }
}

function deskOf({ front, caller }: Pick<Input, 'front' | 'caller'>): Desk {
  const { sockets, patience } = front
  return { sockets, identity: caller.identity, idleMs: patience.idleMs }
}

function refuseOtherThanText(type: string): void {
  if (type === '' || type === 'console') return
  if (type === 'vga') throw invalid('VGA console is only supported by virtual machines')
  throw invalid(`Unknown console type ${JSON.stringify(type)}: use console`)
}
