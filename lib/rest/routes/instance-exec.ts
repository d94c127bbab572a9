import { z } from 'zod'
import { type ExecRequest, execDetached, execOverWebsockets } from '../exec/exec.ts'
import { invalid, unsupported } from '../failures.ts'
import { background, type Route, started } from '../route.ts'
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

export const execRoutes: readonly Route[] = [
  background({
    method: 'POST',
    path: `${ONE}/exec`,
    body: request,
    run: async (host, input) => {
      const { instance, record } = await known(host, input)
      if (record.status === 'Frozen') throw invalid('Instance is frozen; unfreeze it first')
      if (record.status !== 'Running') throw invalid('Instance is not running; start it first')
      const place = { host, instance, record }
      const exec = execRequest(input.body)
      if (input.body['wait-for-websocket']) {
        const { front, caller } = input
        const desk = { sockets: front.sockets, identity: caller.identity }
        return started(execOverWebsockets(place, exec, desk))
      }
      return started(execDetached(place, exec, input.body['record-output']))
    },
  }),
  background({
    method: 'POST',
    path: `${ONE}/console`,
    run: async () => {
      throw unsupported('consoles cannot be attached here; read the console log, or use exec')
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
