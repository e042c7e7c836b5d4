import { CompiledQuery, type DatabaseConnection, type QueryResult } from 'kysely'
import type { SqliteConnection } from './connection.ts'
import type { WriterLock } from './lock.ts'

/** Transactions that one write to the disk makes durable: enough that its cost no longer counts. */
const MAX_MEMBERS = 32
/** Nor does the first of them wait for the others for longer, and nor does another process. */
const MAX_MS = 10

const SAVEPOINT = CompiledQuery.raw('savepoint member')
const RELEASE = CompiledQuery.raw('release member')
const UNDO = CompiledQuery.raw('rollback to member')

interface Group {
  members: number
  isScheduled: boolean
  readonly openedAt: number
  readonly durable: PromiseWithResolvers<void>
}

/**
 * The one connection that writes. Transactions that come in one turn of the event loop become savepoints
 * of one transaction of SQLite, and are answered when that one is on the disk: none is seen outside or
 * acknowledged before it is durable, one that fails undoes itself alone, and a commit that fails
 * fails them all.
 */
export class GroupWriter {
  readonly #connection: SqliteConnection
  readonly #lock: WriterLock
  #group: Group | undefined

  constructor(connection: SqliteConnection, lock: WriterLock) {
    this.#connection = connection
    this.#lock = lock
  }

  /** Waits for a turn. */
  async acquire(): Promise<Turn> {
    await this.#lock.acquire()
    return new Turn(this)
  }

  /** Begins a member, and the group if it is the first. */
  async begin(): Promise<Group> {
    if (this.#group === undefined) {
      await this.#connection.begin()
      const durable = Promise.withResolvers<void>()
      // The members hear of it; there may be none.
      durable.promise.catch(() => {})
      this.#group = { members: 0, isScheduled: false, openedAt: performance.now(), durable }
    }
    await this.run(SAVEPOINT)
    return this.#group
  }

  /** Runs a statement of whoever has the turn. */
  run<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#connection.executeQuery<R>(query)
  }

  /** Gives the turn to the next, who may be the next member. */
  async leave(): Promise<void> {
    const group = this.#group
    const isFull =
      group !== undefined &&
      (group.members >= MAX_MEMBERS || performance.now() - group.openedAt > MAX_MS)
    if (isFull) await this.settle()
    else if (group !== undefined && !group.isScheduled) this.#schedule(group)
    this.#lock.release()
  }

  /** After the requests that this turn of the event loop brings: their transactions join. */
  #schedule(group: Group): void {
    group.isScheduled = true
    setImmediate(() => void this.#settleInTurn())
  }

  async #settleInTurn(): Promise<void> {
    await this.#lock.acquire()
    await this.settle()
    this.#lock.release()
  }

  /** Makes the group durable; its members are told. */
  async settle(): Promise<void> {
    const group = this.#group
    if (group === undefined) return
    try {
      await this.#connection.commit()
      this.#group = undefined
      group.durable.resolve()
    } catch (error) {
      await this.abandon(error)
    }
  }

  /** Undoes the group whole: SQLite gave it up, or the disk did. */
  async abandon(error: unknown): Promise<void> {
    const group = this.#group
    this.#group = undefined
    group?.durable.reject(error)
    await this.#connection.rollback()
  }
}

/** A turn at the writer: one transaction, or statements that are each one of their own. */
export class Turn implements DatabaseConnection {
  readonly #writer: GroupWriter
  #group: Group | undefined
  #isOver = false

  constructor(writer: GroupWriter) {
    this.#writer = writer
  }

  /** Runs one statement. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#isOver) throw new Error('the transaction is over')
    // A statement of its own is durable when it returns, and so is what came before.
    if (this.#group === undefined) await this.#writer.settle()
    return await this.#writer.run<R>(query)
  }

  /** All rows at once, see `SqliteConnection`. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }

  /** Opens a transaction that may write. */
  async begin(): Promise<void> {
    this.#group = await this.#writer.begin()
  }

  /** Returns when the transaction is durable. */
  async commit(): Promise<void> {
    const group = this.#group
    if (group === undefined) throw new Error('there is no transaction')
    await this.#writer.run(RELEASE)
    group.members += 1
    await this.release()
    await group.durable.promise
  }

  /** Undoes the transaction; returns when what it may have seen is durable, or undone. */
  async rollback(): Promise<void> {
    if (this.#isOver) return
    try {
      await this.#writer.run(UNDO)
      await this.#writer.run(RELEASE)
    } catch (error) {
      await this.#writer.abandon(error)
    }
    await this.release()
    await this.#group?.durable.promise.catch(() => {})
  }

  /** Ends the turn. */
  async release(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await this.#writer.leave()
  }
}
