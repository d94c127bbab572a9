import type { Readable, Writable } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { Execution } from '../../instances/contract.ts'
import type { Wire } from '../wires.ts'

/** More than this unsent, and the command waits for its reader. */
const HIGH_WATER_BYTES = 1024 ** 2

/** Sends what a command writes, every byte in order, then the empty text message that tells LXD's clients that this was all. */
export async function sendOutput(output: Readable, { socket }: Wire): Promise<void> {
  for await (const chunk of output as AsyncIterable<Buffer>) {
    // A reader that is gone does not stop the command: only losing the control socket does.
    if (socket.readyState !== socket.OPEN) continue
    const sent = new Promise<void>((resolve) => {
      socket.send(chunk, { binary: true }, () => resolve())
    })
    if (socket.bufferedAmount > HIGH_WATER_BYTES) await sent
  }
  await new Promise<void>((resolve) => {
    socket.send('', { binary: false }, () => resolve())
  })
}

/** Writes what a client sends; a text message, or the client's leaving, ends the input. */
export function receiveInput({ socket }: Wire, input: Writable): void {
  const resume = (): void => socket.resume()
  input.on('error', () => undefined)
  input.on('drain', resume)
  input.on('close', resume)
  socket.on('message', (message: RawData, isBinary: boolean) => {
    if (!isBinary) input.end()
    else if (!input.writable) return
    else if (!input.write(message)) socket.pause()
  })
  whenClosed(socket, () => input.end())
  socket.resume()
}

/** Window sizes and signals for a running command. Losing the websocket kills the command and what it started. */
export function followControl(wire: Wire, execution: Execution, interactive: boolean): void {
  const { socket } = wire
  wire.mustAnswer()
  socket.on('message', (message: RawData) => obey(String(message), execution))
  whenClosed(socket, () => execution.kill('SIGKILL', interactive ? 'session' : 'tree'))
  socket.resume()
}

/** Also of one that was closed before anybody looked. */
export function whenClosed(socket: WebSocket, then: () => void): void {
  if (socket.readyState === socket.CLOSED) then()
  else socket.once('close', then)
}

interface Control {
  readonly command?: unknown
  readonly signal?: unknown
  readonly args?: Readonly<Record<string, unknown>> | null
}

function obey(text: string, execution: Execution): void {
  const { command, signal } = parsed(text)
  if (command === 'signal') {
    const number = Number(signal)
    if (Number.isInteger(number) && number > 0 && number <= 64) execution.kill(number, 'process')
  }
  const size = sizeOf(text)
  if (size) execution.resize(size)
}

/** The size that a control message gives to the terminal; undefined for other messages. */
export function sizeOf(
  text: string,
): { readonly columns: number; readonly rows: number } | undefined {
  const { command, args } = parsed(text)
  const [columns, rows] = [Number(args?.width), Number(args?.height)]
  return command === 'window-resize' && isSize(columns) && isSize(rows)
    ? { columns, rows }
    : undefined
}

/** Unknown messages do nothing. */
function parsed(text: string): Control {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function isSize(cells: number): boolean {
  return Number.isInteger(cells) && cells > 0 && cells < 65_536
}
