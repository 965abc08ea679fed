import { yttOnPath } from '../../audit/workload/ytt-program.ts';
import type { YttRunner } from '../../audit/workload/ytt-runner.ts';
import { cliError } from '../errors.ts';

/** The ytt program for --render. @throws cli.program-missing */
export async function requiredYtt(environment: NodeJS.ProcessEnv): Promise<YttRunner> {
  const ytt = await yttOnPath(environment);
  if (ytt === undefined) throw cliError('program-missing', { program: 'ytt', flag: '--render' });
  return ytt;
}
