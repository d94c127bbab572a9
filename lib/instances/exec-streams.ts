import { write } from 'node:fs'
import { Socket } from 'node:net'
import { Readable, Writable } from 'node:stream'
import { ReadStream } from 'node:tty'
import type { LinuxNative } from '../../bindings/linux/native.ts'
import { errorCode } from '../core/errors.ts'

/** A stream over a descriptor that is only known later. */
export interface Late<S> {
  readonly stream: S
  attach(fd: number): void
  /** There will be none. */
  fail(error: Error): void
}

/** What a command writes; ends when the command is gone and every byte it wrote is delivered, even if somebody else keeps the pipe open. */
export interface Output extends Late<Readable> {
  commandEnded(): void
}

/** How long a terminal must be silent after the command's end before it is taken as drained: its bytes pass through a kernel thread. */
const TERMINAL_SILENCE_MS = 50

export function output(linux: LinuxNative, kind: 'pipe' | 'terminal'): Output {
  let source: Socket | undefined
  let descriptor = -1
  let ended = false
  const stream = new Readable({
    read: () => void source?.resume(),
    destroy: (error, done) => {
      source?.destroy()
      done(error)
    },
  })
  const finish = (): void => {
    if (!source || stream.readableEnded) return
    source.removeAllListeners('data')
    source.destroy()
    source = undefined
    stream.push(null)
  }
  const check = (): void => {
    if (!ended || !source || source.readableLength > 0) return
    if (kind === 'terminal')
      return void setTimeout(finishIfSilent, TERMINAL_SILENCE_MS, source.bytesRead).unref()
    if (linux.pendingBytes(descriptor) === 0) finish()
  }
  const finishIfSilent = (seen: number): void => {
    if (source?.bytesRead === seen && source.readableLength === 0 && !source.isPaused()) finish()
    else if (source && !source.isPaused()) check()
  }
  return {
    stream,
    attach: (fd) => {
      descriptor = fd
      source =
        kind === 'pipe' ? new Socket({ fd, readable: true, writable: false }) : new ReadStream(fd)
      source.on('data', (chunk) => {
        if (!stream.push(chunk)) source?.pause()
        check()
      })
      source.on('end', finish)
      source.on('close', finish)
      // A terminal whose last user is gone reports EIO instead of an end.
      source.on('error', (error) => (errorCode(error) === 'EIO' ? finish() : stream.destroy(error)))
      check()
    },
    fail: (error) => void stream.destroy(error),
    commandEnded: () => {
      ended = true
      check()
    },
  }
}

/** What a command reads from a pipe. A command that has stopped reading is no error of the writer's. */
export function input(): Late<Writable> {
  let ready = (_: Socket): void => undefined
  let refuse = (_: Error): void => undefined
  const sink = new Promise<Socket>((resolve, reject) => {
    ready = resolve
    refuse = reject
  })
  sink.catch(() => undefined)
  const stream = new Writable({
    construct: (done) =>
      void sink.then(
        () => done(),
        () => done(),
      ),
    write: (chunk, _encoding, done) =>
      void sink.then(
        (pipe) => pipe.write(chunk, () => done()),
        () => done(),
      ),
    final: (done) =>
      void sink.then(
        (pipe) => pipe.end(() => done()),
        () => done(),
      ),
    destroy: (error, done) => {
      void sink.then((pipe) => pipe.destroy()).catch(() => undefined)
      done(error)
    },
  })
  return {
    stream,
    attach: (fd) => {
      const pipe = new Socket({ fd, readable: false, writable: true })
      pipe.on('error', () => stream.destroy())
      ready(pipe)
    },
    fail: refuse,
  }
}

/** The writing side of a terminal's master end; the reading side owns and closes the descriptor. */
export function terminalInput(): Late<Writable> {
  let ready = (_: number): void => undefined
  let refuse = (_: Error): void => undefined
  const master = new Promise<number>((resolve, reject) => {
    ready = resolve
    refuse = reject
  })
  master.catch(() => undefined)
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) =>
      void master.then(
        (fd) => writeAll(fd, chunk, done),
        () => done(),
      ),
    // Ending the input of a terminal is typing its end-of-file character.
    final: (done) =>
      void master.then(
        (fd) => writeAll(fd, Buffer.from([4]), done),
        () => done(),
      ),
  })
  return { stream, attach: ready, fail: refuse }
}

const RETRY_MS = 2

function writeAll(fd: number, chunk: Buffer, done: (error?: Error | null) => void): void {
  write(fd, chunk, (error, written) => {
    if (error?.code === 'EAGAIN') return void setTimeout(writeAll, RETRY_MS, fd, chunk, done)
    // The terminal is gone with its command: nobody is left to read.
    if (error) return done()
    if (written < chunk.length) return writeAll(fd, chunk.subarray(written), done)
    done()
  })
}
