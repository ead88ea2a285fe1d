/**
 * What well-known standard-library calls do, over all languages of the tokenizer: one row an API, on the qualified name as written (`std::process::Command::new`,
 * `Runtime.getRuntime.exec`). Names too common to mean one thing need a language.
 */
export interface Api {
  readonly match: RegExp;
  readonly does:
    | 'shell'
    | 'process'
    | 'eval'
    | 'import'
    | 'native'
    | 'deserialize'
    | 'reflect'
    | 'request'
    | 'socket'
    | 'listen'
    | 'env'
    | 'env-set'
    | 'read'
    | 'open'
    | 'write'
    | 'delete'
    | 'decode'
    | 'encode'
    | 'decompress'
    | 'clipboard'
    | 'screen'
    | 'install';
  readonly languages?: readonly string[];
  /** Which argument matters (path, URL, command); 0 by default. */
  readonly at?: number;
  readonly method?: string;
  readonly recursive?: boolean;
  readonly codec?: string;
  readonly append?: boolean;
}

const api = (does: Api['does'], match: RegExp, rest: Partial<Omit<Api, 'does' | 'match'>> = {}): Api => ({ does, match, ...rest });
const JVM = ['java', 'kotlin', 'scala'];
const END = '(?:^|[.:>])';
const tail = (names: string, flags = ''): RegExp => new RegExp(`${END}(?:${names})$`, flags);

export const APIS: readonly Api[] = [
  // Shells: the argument is a command line.
  api('shell', tail('system|popen|_popen|_wsystem|WinExec'), { languages: ['c'] }),
  api('shell', /(?:^|\.)os\.execute$|(?:^|\.)io\.popen$/, { languages: ['lua'] }),
  api('shell', /^(?:system|shell|shell\.exec|pipe)$|^base::system$/, { languages: ['r'] }),
  api('shell', /^(?:Kernel\.)?(?:system|exec|spawn|`)$|^(?:IO\.popen|Process\.spawn|Open3\.(?:capture[23]e?|popen[23]e?|pipeline))$|^PTY\.spawn$/, {
    languages: ['ruby'],
  }),
  api('shell', /^(?:shell_exec|exec|system|passthru|popen|proc_open|pcntl_exec)$/, { languages: ['php'] }),
  api('shell', /(?:getRuntime\.exec|Runtime\.exec)$/, { languages: JVM }),
  api('shell', /^system$/, { languages: ['awk', 'haskell'] }),
  api('shell', /^(?:System\.(?:shell|cmd)|:os\.cmd|Port\.open|os\.cmd|execShellCmd|execCmd|execProcess)$/, { languages: ['elixir'] }),
  api('shell', tail('callCommand|readCreateProcess|spawnCommand|shell'), { languages: ['haskell'] }),
  api('shell', /(?:^|\.)(?:run|exec|shellexecute)$/i, { languages: ['vb'] }),
  api('shell', /^shell$/i, { languages: ['vb'] }),
  // Programs: the first argument is the program.
  api('process', tail('exec[lv]p?e?|posix_spawnp?|ShellExecute[AW]?|ShellExecuteEx[AW]?|CreateProcess[AW]?|_spawn[lv]p?e?|execve'), {
    languages: ['c'],
  }),
  api('process', /(?:^|::)Command::new$/, { languages: ['rust'] }),
  api('process', /(?:^|\.)ProcessBuilder$/, { languages: JVM }),
  api('process', /^(?:sys\.process\.)?Process$/, { languages: ['scala'] }),
  api('process', /(?:^|\.)Process\.Start$|(?:^|\.)ProcessStartInfo$/, { languages: ['csharp', 'vb'] }),
  api('process', /^(?:Process\.(?:run|runSync|start))$/, { languages: ['dart'] }),
  api('process', /(?:^|\.)exec\.Command$/, { languages: ['go'] }),
  api('process', /(?:^|\.)exec\.CommandContext$/, { languages: ['go'], at: 1 }),
  api('process', /^(?:system2|processx::run|callr::rscript|sys::exec_wait)$/, { languages: ['r'] }),
  api('process', /^exec$/, { languages: ['tcl'] }),
  api('process', tail('readProcess|callProcess|rawSystem|proc|createProcess'), { languages: ['haskell'] }),
  // Code from data.
  api('eval', /^(?:load|loadstring|dostring|luaL_dostring)$/, { languages: ['lua'] }),
  api('eval', /^(?:eval|evalq|source|str2expression|parse)$/, { languages: ['r'] }),
  api('eval', /^(?:eval|instance_eval|class_eval|module_eval|binding\.eval)$|\.(?:instance_eval|class_eval|module_eval|eval)$/, {
    languages: ['ruby'],
  }),
  api('eval', /^(?:eval|assert|create_function|call_user_func(?:_array)?|preg_replace_callback_array)$/, { languages: ['php'] }),
  api('eval', /^(?:include|include_once|require|require_once)$/, { languages: ['php'] }),
  api('eval', /(?:ScriptEngine|engine|shell|GroovyShell|nashorn)\.(?:eval|evaluate)$/i, { languages: JVM }),
  api('eval', /^(?:execute|executeglobal|eval)$/i, { languages: ['vb'] }),
  api('eval', /CSharpScript\.(?:EvaluateAsync|RunAsync)$|(?:^|\.)CompileAssemblyFromSource$/, { languages: ['csharp'] }),
  api('eval', /^(?:eval|Meta\.parse|include_string|Meta\.eval)$/, { languages: ['julia'] }),
  api('eval', /^Code\.(?:eval_string|eval_quoted|compile_string)$/, { languages: ['elixir'] }),
  api('eval', /^eval$/, { languages: ['tcl'] }),
  api('reflect', /^(?:Class\.forName|java\.lang\.Class\.forName)$|\.getMethod$/, { languages: JVM }),
  api('native', /^(?:System\.load|System\.loadLibrary)$/, { languages: JVM }),
  api('native', tail('dlopen|LoadLibrary(?:Ex)?[AW]?'), { languages: ['c', 'csharp'] }),
  api('native', /(?:^|\.)Assembly\.(?:Load|LoadFrom|LoadFile|UnsafeLoadFrom)$|NativeLibrary\.Load$/, { languages: ['csharp', 'vb'] }),
  api('native', /^(?:dyn\.load|library\.dynam)$/, { languages: ['r'] }),
  api('native', /^DynamicLibrary\.open$/, { languages: ['dart'] }),
  api('native', /(?:^|::)Library::new$/, { languages: ['rust'] }),
  api('native', /^package\.loadlib$/, { languages: ['lua'] }),
  api('native', /^plugin\.Open$/, { languages: ['go'] }),
  api('deserialize', /\.readObject$|ObjectInputStream$|XMLDecoder$/, { languages: JVM }),
  api('deserialize', /BinaryFormatter$|\.Deserialize$|LosFormatter$|NetDataContractSerializer$/, { languages: ['csharp'] }),
  api('deserialize', /^Marshal\.(?:load|restore)$|^YAML\.(?:load|unsafe_load)$/, { languages: ['ruby'] }),
  api('deserialize', /^unserialize$/, { languages: ['php'] }),
  api('deserialize', /^(?:readRDS|unserialize|load)$/, { languages: ['r'] }),
  // Network.
  api('request', /(?:^|::)reqwest::(?:blocking::)?get$|(?:^|::)(?:ureq|surf|attohttpc|minreq|isahc)::(?:get|head)$/, {
    languages: ['rust'],
    method: 'GET',
  }),
  api('request', /(?:^|::)(?:ureq|surf|attohttpc|minreq|isahc|reqwest)::(?:blocking::)?(?:post|put|patch|request)$/, {
    languages: ['rust'],
    method: 'POST',
  }),
  api(
    'request',
    /\.(?:GetAsync|GetStringAsync|GetByteArrayAsync|GetStreamAsync|DownloadString|DownloadData|DownloadFile|DownloadStringTaskAsync|DownloadFileTaskAsync|OpenRead)$/,
    { languages: ['csharp', 'vb'], method: 'GET' },
  ),
  api('request', /\.(?:PostAsync|PutAsync|PatchAsync|PostAsJsonAsync|UploadString|UploadData|UploadFile|UploadValues|UploadStringTaskAsync)$/, {
    languages: ['csharp', 'vb'],
    method: 'POST',
  }),
  api('request', /(?:^|\.)WebRequest\.Create(?:Http)?$/, { languages: ['csharp', 'vb'], method: 'GET' }),
  api('request', /^(?:new )?(?:java\.net\.)?(?:URL|URI)$|(?:^|\.)URI\.create$|HttpRequest\.newBuilder$|\.url$|(?:^|\.)Request\.Builder$/, {
    languages: JVM,
    method: 'GET',
  }),
  api('request', /\.(?:getForObject|getForEntity)$|^khttp\.get$|^Fuel\.get$|Jsoup\.connect$|Source\.fromURL$/, { languages: JVM, method: 'GET' }),
  api('request', /\.(?:postForObject|postForEntity)$|^khttp\.post$|^Fuel\.post$/, { languages: JVM, method: 'POST' }),
  api('request', /(?:^|\.)http\.(?:Get|Head)$/, { languages: ['go'], method: 'GET' }),
  api('request', /(?:^|\.)http\.(?:Post|PostForm)$/, { languages: ['go'], method: 'POST' }),
  api('request', /(?:^|\.)http\.NewRequest(?:WithContext)?$/, { languages: ['go'], at: 1, method: 'POST' }),
  api('request', /^(?:http|http\.Client|client|dio|Dio)\.(?:get|read|head|getUrl)$|^NetworkAssetBundle$/, { languages: ['dart'], method: 'GET' }),
  api('request', /^(?:http|http\.Client|client|dio|Dio)\.(?:post|put|patch|postUrl|upload)$/, { languages: ['dart'], method: 'POST' }),
  api('request', /URLSession(?:\.shared)?\.(?:dataTask|data|downloadTask|download)$|^(?:URLRequest|AF\.request|Alamofire\.request)$/, {
    languages: ['swift'],
    method: 'GET',
  }),
  api('request', /URLSession(?:\.shared)?\.(?:uploadTask|upload)$|^AF\.upload$/, { languages: ['swift'], method: 'POST' }),
  api('request', /^(?:http|https|socket\.http|ssl\.https)\.request$|^requests\.get$/, { languages: ['lua'], method: 'GET' }),
  api('request', /^requests\.post$/, { languages: ['lua'], method: 'POST' }),
  api(
    'request',
    /^(?:download\.file|url|curl::curl(?:_download|_fetch_memory)?|httr2?::(?:GET|request)|GET|RCurl::getURL|getURL|utils::download\.file|curl_download)$/,
    { languages: ['r'], method: 'GET' },
  ),
  api('request', /^(?:httr2?::(?:POST|PUT)|POST|PUT|RCurl::postForm|postForm)$/, { languages: ['r'], method: 'POST' }),
  api('request', /^(?:HTTP\.get|Downloads\.download|download|HTTP\.request)$/, { languages: ['julia'], method: 'GET' }),
  api('request', /^(?:HTTP\.(?:post|put))$/, { languages: ['julia'], method: 'POST' }),
  api(
    'request',
    /^(?:Net::HTTP\.(?:get|get_response|start|get_print)|URI\.open|open-uri|HTTParty\.get|RestClient\.get|Faraday\.get|HTTP\.get|Excon\.get|URI\.parse|Net::HTTP::Get\.new)$/,
    { languages: ['ruby'], method: 'GET' },
  ),
  api('request', /^(?:Net::HTTP\.(?:post|post_form)|HTTParty\.post|RestClient\.(?:post|put)|Faraday\.post|HTTP\.post|Net::HTTP::Post\.new)$/, {
    languages: ['ruby'],
    method: 'POST',
  }),
  api('request', /^(?:curl_init|file_get_contents|fopen|copy|readfile|get_headers|Http::get)$/, { languages: ['php'], method: 'GET' }),
  api('request', /^(?:Http::post|wp_remote_post)$/, { languages: ['php'], method: 'POST' }),
  api('request', /^(?:URLDownloadToFile[AW]?|InternetOpenUrl[AW]?|curl_easy_setopt)$/, { languages: ['c'], at: 1, method: 'GET' }),
  api('request', /^cpr::Get$/, { languages: ['c'], method: 'GET' }),
  api('request', /^cpr::Post$/, { languages: ['c'], method: 'POST' }),
  api('request', /\.open$/i, { languages: ['vb'], at: 1, method: 'GET' }),
  api('request', /^(?:HTTPoison|Req|Tesla|Finch)\.(?:get!?|request!?)$|^:httpc\.request$/, { languages: ['elixir'], method: 'GET' }),
  api('request', /^(?:HTTPoison|Req|Tesla)\.(?:post!?|put!?)$/, { languages: ['elixir'], method: 'POST' }),
  api('socket', /(?:^|::)(?:TcpStream|UdpSocket)::connect$/, { languages: ['rust'] }),
  api('socket', /(?:^|\.)(?:Socket|DatagramSocket|SSLSocket|InetSocketAddress)$/, { languages: JVM }),
  api('socket', /(?:^|\.)(?:TcpClient|UdpClient|ClientWebSocket)$/, { languages: ['csharp', 'vb'] }),
  api('socket', /(?:^|\.)(?:net\.Dial(?:Timeout)?|tls\.Dial)$/, { languages: ['go'], at: 1 }),
  api('socket', /^(?:TCPSocket\.(?:new|open)|UDPSocket\.new|Socket\.tcp)$/, { languages: ['ruby'] }),
  api('socket', /^(?:fsockopen|pfsockopen|stream_socket_client|socket_connect)$/, { languages: ['php'] }),
  api('socket', /^(?:Socket\.connect|RawSocket\.connect|SecureSocket\.connect|WebSocket\.connect)$/, { languages: ['dart'] }),
  api('socket', /^(?:socket\.connect|socketConnection|make\.socket|connect|NWConnection|:gen_tcp\.connect)$/, {
    languages: ['lua', 'r', 'julia', 'swift', 'c', 'elixir'],
  }),
  api('listen', /(?:^|::)TcpListener::bind$/, { languages: ['rust'] }),
  api('listen', /(?:^|\.)ServerSocket$/, { languages: JVM }),
  api('listen', /(?:^|\.)(?:net\.Listen|http\.ListenAndServe(?:TLS)?)$/, { languages: ['go'] }),
  api('listen', /^TCPServer\.(?:new|open)$|^WEBrick::HTTPServer\.new$/, { languages: ['ruby'] }),
  api('listen', /(?:^|\.)(?:ServerSocket|HttpServer)\.bind$/, { languages: ['dart'] }),
  // Environment.
  api('env', tail('getenv|secure_getenv|_wgetenv|GetEnvironmentVariable[AW]?'), { languages: ['c'] }),
  api('env', /(?:^|::)env::(?:var|var_os)$|^env!$|^option_env!$/, { languages: ['rust'] }),
  api('env', /(?:^|::)env::vars(?:_os)?$/, { languages: ['rust'] }),
  api('env', /(?:^|\.)System\.getenv$|^sys\.env(?:\.get)?$/, { languages: JVM }),
  api('env', /(?:^|\.)Environment\.GetEnvironmentVariables?$|\.ExpandEnvironmentStrings$/, { languages: ['csharp', 'vb'] }),
  api('env', /^os\.getenv$/, { languages: ['lua'] }),
  api('env', /^(?:os\.Getenv|os\.LookupEnv|os\.Environ|syscall\.Getenv)$/, { languages: ['go'] }),
  api('env', /^Sys\.getenv$/, { languages: ['r'] }),
  api('env', /^(?:ENV\.fetch|ENV\.to_h|ENV\.to_hash)$/, { languages: ['ruby'] }),
  api('env', /^getenv$/, { languages: ['php'] }),
  api('env', /^(?:System\.(?:get_env|fetch_env!?)|lookupEnv|getEnv|getEnvironment)$/, { languages: ['elixir', 'haskell'] }),
  api('env-set', tail('setenv|putenv|set_var|SetEnvironmentVariable[AW]?|Setenv|setProperty|Sys\\.setenv'), {}),
  // Files.
  api('open', tail('fopen|_wfopen|freopen'), { languages: ['c'] }),
  api('open', /^io\.open$/, { languages: ['lua'] }),
  api('open', /^(?:open|File\.open|File\.new|IO\.open)$/, { languages: ['ruby', 'julia'] }),
  api('open', /^(?:file|gzfile)$/, { languages: ['r'] }),
  api('open', /^fopen$/, { languages: ['php'] }),
  api('read', tail('fs::(?:read|read_to_string|read_dir|File::open)|File::open|read_to_string|ifstream|std::ifstream'), { languages: ['rust', 'c'] }),
  api(
    'read',
    /(?:^|\.)(?:Files\.(?:readString|readAllBytes|readAllLines|lines|newBufferedReader|newInputStream|list|walk)|FileInputStream|FileReader|Source\.fromFile|RandomAccessFile)$|\.readText$/,
    { languages: JVM },
  ),
  api(
    'read',
    /(?:^|\.)(?:File\.(?:ReadAllText|ReadAllBytes|ReadAllLines|ReadLines|OpenRead|OpenText|ReadAllTextAsync|ReadAllBytesAsync)|StreamReader|Directory\.(?:GetFiles|EnumerateFiles))$|\.OpenTextFile$/,
    { languages: ['csharp', 'vb'] },
  ),
  api('read', /^(?:os\.ReadFile|ioutil\.ReadFile|os\.Open|filepath\.Walk(?:Dir)?|filepath\.Glob|os\.ReadDir)$/, { languages: ['go'] }),
  api('read', /^(?:readLines|read\.csv|read\.table|readRDS|readBin|readChar|scan|list\.files|fread|data\.table::fread|readr::read_[a-z]{1,12})$/, {
    languages: ['r'],
  }),
  api(
    'read',
    /^(?:File\.(?:read|readlines|binread|foreach)|IO\.(?:read|readlines|binread)|Dir\.(?:glob|entries|children|\[\])|Pathname\.new|YAML\.load_file|JSON\.load_file)$/,
    { languages: ['ruby'] },
  ),
  api('read', /^(?:file_get_contents|file|readfile|glob|scandir|parse_ini_file|show_source|highlight_file)$/, { languages: ['php'] }),
  api('read', /^(?:io\.lines|loadfile|dofile)$/, { languages: ['lua'] }),
  api('read', /^(?:read|readlines|readdir|eachline|readchomp)$/, { languages: ['julia'] }),
  api('read', /^(?:File)$|\.readAsString(?:Sync)?$/, { languages: ['dart'] }),
  api('read', /^(?:FileManager\.default\.(?:contents|contentsOfDirectory|enumerator)|String|Data|NSData|NSDictionary|FileHandle)$/, {
    languages: ['swift'],
  }),
  api('read', /^(?:File\.(?:read!?|stream!?|ls!?)|readFile)$/, { languages: ['elixir', 'haskell'] }),
  api('write', tail('fs::write|File::create|ofstream|std::ofstream'), { languages: ['rust', 'c'] }),
  api(
    'write',
    /(?:^|\.)(?:Files\.(?:write|writeString|newBufferedWriter|newOutputStream|copy)|FileOutputStream|FileWriter|PrintWriter)$|\.writeText$/,
    { languages: JVM },
  ),
  api(
    'write',
    /(?:^|\.)(?:File\.(?:WriteAllText|WriteAllBytes|WriteAllLines|Create|CreateText|WriteAllTextAsync|OpenWrite)|StreamWriter)$|\.(?:CreateTextFile|SaveToFile)$/i,
    { languages: ['csharp', 'vb'] },
  ),
  api('write', /(?:^|\.)File\.(?:AppendAllText|AppendText|AppendAllLines)$/, { languages: ['csharp'], append: true }),
  api('write', /^(?:os\.WriteFile|ioutil\.WriteFile|os\.Create)$/, { languages: ['go'] }),
  api('write', /^(?:File\.(?:write|binwrite)|IO\.write|FileUtils\.(?:cp|mv|install|ln_s)|File\.write!?)$/, { languages: ['ruby', 'elixir'] }),
  api('write', /^(?:file_put_contents)$/, { languages: ['php'] }),
  api('write', /^(?:writeLines|write\.csv|write\.table|saveRDS|writeBin|sink|write)$/, { languages: ['r'], at: 1 }),
  api('write', /^(?:writeFile|appendFile)$/, { languages: ['haskell'] }),
  api('delete', tail('remove_file|remove_dir|unlink|DeleteFile[AW]?|_unlink'), { languages: ['rust', 'c', 'php'] }),
  api('delete', /^(?:remove|rmdir|RemoveDirectory[AW]?|std::filesystem::remove)$/, { languages: ['c'] }),
  api(
    'delete',
    tail(
      'remove_dir_all|filesystem::remove_all|FileUtils\\.deleteDirectory|FileUtils\\.rm_r|FileUtils\\.rm_rf|FileUtils\\.remove_dir|os\\.RemoveAll|File\\.rm_rf!?|removeDirectoryRecursive|deleteRecursively',
    ),
    { recursive: true },
  ),
  api(
    'delete',
    /(?:^|\.)(?:Files\.delete(?:IfExists)?|File\.Delete|Directory\.Delete|os\.Remove|os\.remove|File\.delete|FileUtils\.rm|File\.rm!?|file\.remove|FileManager\.default\.removeItem|DeleteFile|DeleteFolder)$/,
    {},
  ),
  api('delete', /^unlink$/, { languages: ['r', 'php'] }),
  api('delete', /^rm$/, { languages: ['julia'] }),
  // Changes of form.
  api(
    'decode',
    /(?:getDecoder\.decode|getMimeDecoder\.decode|DatatypeConverter\.parseBase64Binary|Base64\.decode(?:Base64)?|Base64\.Default\.decode)$/,
    { languages: JVM, codec: 'base64' },
  ),
  api('decode', /(?:^|\.)Convert\.FromBase64String$/, { languages: ['csharp', 'vb'], codec: 'base64' }),
  api('decode', /(?:^|\.)Convert\.FromHexString$/, { languages: ['csharp', 'vb'], codec: 'hex' }),
  api('decode', /(?:^|::)base64::decode$|general_purpose::[A-Z_]{1,30}\.decode$|BASE64[A-Z_]{0,20}\.decode$/, {
    languages: ['rust'],
    codec: 'base64',
  }),
  api('decode', /(?:^|::)hex::decode$/, { languages: ['rust'], codec: 'hex' }),
  api('decode', /base64\.(?:Std|URL|RawStd|RawURL)Encoding\.DecodeString$/, { languages: ['go'], codec: 'base64' }),
  api('decode', /(?:^|\.)hex\.DecodeString$/, { languages: ['go'], codec: 'hex' }),
  api(
    'decode',
    /^(?:Base64\.(?:decode64|strict_decode64|urlsafe_decode64|decode64!?|decode!)|base64_decode|base64decode|base64enc::base64decode|openssl::base64_decode|jsonlite::base64_dec|base64\.decode|mime\.unb64|b64decode|base64Decode|unb64)$/,
    { codec: 'base64' },
  ),
  api('decode', /^(?:hex2bin|pack)$/, { languages: ['php'], codec: 'hex' }),
  api('decode', /^str_rot13$/, { languages: ['php'], codec: 'rot13' }),
  api('decode', /^strrev$|\.reverse$/, { languages: ['php', 'ruby'], codec: 'reverse' }),
  api(
    'decompress',
    /^(?:gzinflate|gzuncompress|gzdecode|zlib_decode|Zlib::Inflate\.inflate|Zlib\.inflate|Zlib::GzipReader\.new|memDecompress)$|(?:GZIPInputStream|InflaterInputStream|GZipStream|DeflateStream|GzDecoder::new|ZlibDecoder::new|gzip\.NewReader|zlib\.NewReader)$/,
    { codec: 'gzip' },
  ),
  api(
    'encode',
    /(?:getEncoder\.encodeToString|getEncoder\.encode|Convert\.ToBase64String|base64::encode|EncodeToString|Base64\.(?:strict_)?encode64|base64_encode|base64encode|base64enc::base64encode|b64encode|base64Encode|base64\.encode)$/,
    { codec: 'base64' },
  ),
  api(
    'clipboard',
    /(?:^|\.)(?:Clipboard\.(?:GetText|GetData|getData|getContents)|NSPasteboard\.general(?:\.string)?|UIPasteboard\.general|getSystemClipboard|OpenClipboard|GetClipboardData|pbpaste|clipr::read_clip|readClipboard)$/,
  ),
  api('screen', /(?:^|\.)(?:createScreenCapture|CopyFromScreen|CGWindowListCreateImage|CGDisplayCreateImage|BitBlt)$/),
  api(
    'install',
    /^(?:install\.packages|devtools::install_github|remotes::install_github|pak::pak|install_github|BiocManager::install|Pkg\.add|Pkg\.develop)$/,
  ),
];

/** The API a qualified name means in a language. */
export function apiOf(language: string, name: string, folds = false): Api | undefined {
  const text = name.replaceAll('->', '.').slice(0, 200);
  return APIS.find(
    (row) =>
      (row.languages === undefined || row.languages.includes(language)) && (row.match.test(text) || (folds && row.match.test(text.toLowerCase()))),
  );
}
