/** The tables of Python's APIs as one. */
import type { Api, Rows } from '../api.ts';
import { FILES } from './files.ts';
import { HOST } from './host.ts';
import { NETWORK } from './network.ts';
import { PROCESS } from './process.ts';

const ALL: Rows = { ...PROCESS, ...NETWORK, ...FILES, ...HOST };

/** Top-level modules that do something of note. */
export const MODULES: ReadonlySet<string> = new Set(['os', ...Object.keys(ALL).flatMap((ref) => (ref.includes('.') ? [ref.split('.', 1)[0]!] : []))]);

/** What calling a name does, if anything of note. */
export function rowsOf(ref: string): readonly Api[] | undefined {
  const rows = Object.hasOwn(ALL, ref) ? ALL[ref] : undefined;
  if (rows === undefined) return undefined;
  return Array.isArray(rows) ? (rows as readonly Api[]) : [rows as Api];
}

/** Modules through which everything dangerous is reached: picking a member of one by a name that is not known hides what is called. */
export const POWERFUL =
  /^(?:os|subprocess|builtins|sys|importlib|socket|ctypes|shutil|pty|runpy|code|marshal|pickle|posix|nt|commands|sys\.modules|requests|urllib\.request|base64|zlib|codecs|builtins\.__dict__|os\.__dict__)$/;

export const BUILTINS: ReadonlySet<string> = new Set(
  'abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod enumerate eval exec execfile file filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print property range raw_input repr reversed round set setattr slice sorted staticmethod str sum super tuple type unichr vars zip __import__ reload get_ipython'.split(
    ' ',
  ),
);

/** Calls in a comprehension that have no effect: it may be folded over many elements. */
export const PURE: ReadonlySet<string> = new Set(
  'chr ord int str len bytes bytearray hex abs range enumerate zip reversed min max sum bool float list tuple format join replace strip split lower upper index find get pow round divmod encode decode fromhex b64decode unhexlify append extend pop insert isalpha isdigit isupper islower isalnum'.split(
    ' ',
  ),
);
