/** Base address and path. */
function based(r: Run, base: Thing | undefined, url: Thing | undefined, at: At): Thing {
  if (url === undefined) return base ?? UNKNOWN;
  if (base === undefined || /^[a-z][\w+.-]{0,12}:\/\//i.test(prefixOf(toValue(asString(url))))) return url;
  const left = asString(base);
  const leftText = stringOf(left);
  const rightText = stringOf(url);
  const slash = leftText !== undefined && !leftText.endsWith('/') && rightText !== undefined && !rightText.startsWith('/') ? '/' : '';
  return add(slash === '' ? left : add(left, text(slash), left.cells), asString(url), union(cellsOf(r, base, at), cellsOf(r, url, at)));
}

/** The address in the options of `http.request`. */
function fromOptions(r: Run, options: Thing, scheme: string, at: At): Thing {
  const host = option(options, 'hostname') ?? option(options, 'host');
  if (host === undefined) {
    const socket = option(options, 'socketPath');
    if (socket !== undefined) return add(text('unix:'), asString(socket), socket.cells);
    return option(options, 'url') ?? option(options, 'uri') ?? option(options, 'href') ?? { cells: options.cells };
  }
  const port = option(options, 'port');
  const path = option(options, 'path') ?? option(options, 'pathname');
  const protocol = stringOf(option(options, 'protocol'))?.replace(/:$/, '') ?? scheme;
  const number = port?.known ? String(port.prim) : undefined;
  const usual = number === undefined || number === '443' || number === '80';
  const parts = [
    text(`${protocol}://`),
    asString(host),
    ...(usual ? [] : [text(`:${number}`)]),
    ...(path === undefined ? [text('/')] : [asString(path)]),
  ];
  const from = union(cellsOf(r, host, at), path === undefined ? [] : cellsOf(r, path, at));
  return parts.reduce((all, part) => add(all, part, from));
}

