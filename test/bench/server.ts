/** A server of the bench in a process of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a server has cost since it started, and what it holds now. */
export interface Usage {
  readonly cpuMicros: number;
  readonly memoryBytes: number;
}

/** A running server. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Starts the compiled `program` as a deployment would, with `environment` on top. */
  static async start(program: string, environment: Record<string, string>, nodeOptions: readonly string[] = []): Promise<Server> {
    const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', ...environment };
    const child = fork(program, {
      env,
      execArgv: ['--expose-gc', ...nodeOptions],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const { port } = await reply<{ port: number }>(child);
    return new Server(child, port);
  }

  usage(): Promise<Usage> {
    return this.ask('usage');
  }

  /** The usage after everything that nobody holds was freed. */
  collected(): Promise<Usage> {
    return this.ask('collect');
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.send('stop');
    await exited;
  }

  private ask(question: string): Promise<Usage> {
    const answer = reply<Usage>(this.child);
    this.child.send(question);
    return answer;
  }
}

function reply<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`A server of the bench ended with code ${code}.`));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as T);
    });
  });
}
