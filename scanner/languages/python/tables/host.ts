/** APIs that reach for the person's things or settings: environment, clipboard, keys, screen, keychains, schedulers. Source: documentation of each project; gathered 2026-11. */
import type { CaptureFact } from '../../../model.ts';
import type { Api, Rows } from '../api.ts';

const capture = (what: CaptureFact['what']): Api => ({ do: 'capture', what });
const rows = (what: CaptureFact['what'], names: readonly string[]): Record<string, Api> => Object.fromEntries(names.map((name) => [name, capture(what)]));

export const HOST: Rows = {
  'os.getenv': { do: 'env', name: [0, 'key'], fallback: [1, 'default'] },
  'os.environ.get': { do: 'env', name: [0, 'key'], fallback: [1, 'default'] },
  'os.environ.pop': { do: 'env', name: [0, 'key'], fallback: [1, 'default'] },
  'os.environ.setdefault': { do: 'env', name: [0, 'key'], fallback: [1, 'default'] },
  'os.environ.__getitem__': { do: 'env', name: [0] },
  'os.getenvb': { do: 'env', name: [0, 'key'], fallback: [1, 'default'] },
  'os.environb.get': { do: 'env', name: [0, 'key'], fallback: [1, 'default'] },
  'decouple.config': { do: 'env', name: [0], fallback: ['default'] },
  'environ.Env()': { do: 'env', name: [0], fallback: ['default'] },
  'os.putenv': { do: 'setenv', name: [0], value: [1] },
  ...rows('clipboard', ['pyperclip.paste', 'clipboard.paste', 'win32clipboard.GetClipboardData', 'tkinter.Tk().clipboard_get', 'PIL.ImageGrab.grabclipboard', 'pandas.read_clipboard', 'xerox.paste']),
  ...rows('keystrokes', ['pynput.keyboard.Listener', 'keyboard.hook', 'keyboard.on_press', 'keyboard.on_release', 'keyboard.record', 'keyboard.start_recording', 'pyHook.HookManager', 'pyxhook.HookManager', 'evdev.InputDevice', 'pynput.mouse.Listener']),
  ...rows('screen', ['PIL.ImageGrab.grab', 'mss.mss().grab', 'mss.mss().shot', 'mss.mss', 'pyautogui.screenshot', 'pyscreenshot.grab', 'd3dshot.create', 'PyQt5.QtGui.QScreen.grabWindow']),
  ...rows('camera', ['cv2.VideoCapture', 'picamera.PiCamera', 'pygame.camera.Camera', 'imageio.get_reader']),
  ...rows('microphone', ['sounddevice.rec', 'sounddevice.InputStream', 'pyaudio.PyAudio().open', 'speech_recognition.Microphone']),
  ...rows('keychain', ['keyring.get_password', 'keyring.get_credential', 'win32crypt.CryptUnprotectData', 'secretstorage.get_default_collection', 'win32cred.CredEnumerate', 'win32cred.CredRead', 'ctypes.windll.crypt32.CryptUnprotectData']),
  ...rows('browser', ['browser_cookie3.load', 'browser_cookie3.chrome', 'browser_cookie3.firefox', 'browser_cookie3.edge', 'browser_cookie3.brave', 'browser_cookie3.chromium', 'browser_cookie3.opera', 'browser_cookie3.safari', 'browsercookie.chrome', 'browsercookie.firefox', 'rookiepy.chrome', 'rookiepy.firefox', 'rookiepy.load', 'pycookiecheat.chrome_cookies', 'browser_history.get_history', 'chromedriver_autoinstaller.cookies']),
  ...rows('history', ['readline.read_history_file', 'browser_history.outputs']),
  ...rows('process-list', ['psutil.process_iter', 'psutil.pids', 'psutil.net_connections', 'wmi.WMI().Win32_Process']),
  'crontab.CronTab().new': { do: 'persist', mechanism: 'cron', command: [0, 'command'] },
  'winreg.SetValueEx': { do: 'persist', mechanism: 'run-key', command: [4, 'value'] },
  'winreg.SetValue': { do: 'persist', mechanism: 'run-key', command: [3, 'value'] },
  '_winreg.SetValueEx': { do: 'persist', mechanism: 'run-key', command: [4] },
  'win32serviceutil.InstallService': { do: 'persist', mechanism: 'service', command: [0] },
  'win32api.ShellExecute': { do: 'process', command: [2], words: true },
  'ctypes.windll.shell32.ShellExecuteW': { do: 'process', command: [2], words: true },
  'builtins.print': { do: 'print' },
  'sys.stdout.write': { do: 'print' },
  'sys.stdout.buffer.write': { do: 'print' },
  'builtins.input': { do: 'input' },
  'builtins.raw_input': { do: 'input' },
  'sys.stdin.read': { do: 'input' },
  'sys.stdin.readline': { do: 'input' },
  'sys.stdin.readlines': { do: 'input' },
  'sys.stdin.buffer.read': { do: 'input' },
  'getpass.getpass': { do: 'input' },
  'argparse.ArgumentParser().parse_args': { do: 'input' },
};

/** What a call says about where or when the program runs: a condition on it is a gate. */
export const GATES: Readonly<Record<string, 'date-gate' | 'host-gate' | 'user-gate' | 'debugger-gate' | 'ci-gate'>> = {
  'datetime.datetime.now': 'date-gate',
  'datetime.datetime.utcnow': 'date-gate',
  'datetime.datetime.today': 'date-gate',
  'datetime.date.today': 'date-gate',
  'time.time': 'date-gate',
  'time.localtime': 'date-gate',
  'time.gmtime': 'date-gate',
  'time.strftime': 'date-gate',
  'socket.gethostname': 'host-gate',
  'socket.getfqdn': 'host-gate',
  'platform.node': 'host-gate',
  'os.uname': 'host-gate',
  'uuid.getnode': 'host-gate',
  'getpass.getuser': 'user-gate',
  'os.getlogin': 'user-gate',
  'sys.gettrace': 'debugger-gate',
  'ctypes.windll.kernel32.IsDebuggerPresent': 'debugger-gate',
};
