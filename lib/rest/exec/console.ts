import type { RawData } from 'ws'
import { throwIfAborted } from '../../core/cancel.ts'
import { errorCode } from '../../core/errors.ts'
import type { Operation } from '../../core/operation.ts'
import type { Instance } from '../../host/contract.ts'
import type { InstanceConsole } from '../../instances/contract.ts'
import type { Wire } from '../wires.ts'
import {
  CONNECT_MS,
  type Connected,
  type Desk,
  type ExecPlace,
  websocketOperation,
} from './operation.ts'
import { sendOutput, sizeOf, whenClosed } from './streams.ts'

export interface ConsoleRequest {
  readonly width: number
  readonly height: number
}

const NAMES = ['0', 'control']

/** Takes the console of an instance for a client with two websockets; losing either gives it back. */
export function consoleOverWebsockets(
  place: ExecPlace,
  request: ConsoleRequest,
  desk: Desk,
): Operation<void> {
  const described = { description: 'Showing console', names: NAMES, desk }
  return websocketOperation(place, described, (connected) =>
    show(place.instance, request, connected),
  )
}

async function show(
  instance: Instance,
  { width, height }: ConsoleRequest,
  { set, own }: Connected,
): Promise<void> {
  const [screen, control] = await set.all(NAMES, { timeoutMs: CONNECT_MS, signal: own.signal })
  if (!screen || !control) return
  const console = await instance.console({
    ...(width > 0 && height > 0 && { columns: width, rows: height }),
    signal: own.signal,
  })
  type(screen, console)
  follow(control, console)
  await sendOutput(console, screen).catch((error: unknown) => {
    // Giving it back cuts the output off.
    if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  })
  await console.detach()
  throwIfAborted(own.signal)
}

/** A text message, which ends the input of a command, means nothing here. */
function type({ socket }: Wire, console: InstanceConsole): void {
  const resume = (): void => socket.resume()
  console.on('drain', resume)
  console.on('close', resume)
  socket.on('message', (message: RawData, isBinary: boolean) => {
    if (isBinary && console.writable && !console.write(message)) socket.pause()
  })
  whenClosed(socket, () => console.destroy())
  socket.resume()
}

function follow(wire: Wire, console: InstanceConsole): void {
  const { socket } = wire
  wire.mustAnswer()
  socket.on('message', (message: RawData) => {
    const size = sizeOf(String(message))
    if (size) console.resize(size)
  })
  whenClosed(socket, () => console.destroy())
  socket.resume()
}
