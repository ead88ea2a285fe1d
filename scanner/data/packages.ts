/**
 * Very popular package names, to recognise names one slip away from them (SUP-005). Source: public download rankings of npm and PyPI as commonly published; gathered 2026-11. A name in the
 * list is never a look-alike itself.
 */
const NPM =
  'react react-dom lodash express axios chalk commander typescript webpack eslint prettier next vue angular jquery moment dayjs date-fns uuid dotenv yargs inquirer ora glob rimraf fs-extra semver debug async request bluebird underscore rxjs redux mobx socket.io ws cors body-parser helmet morgan passport jsonwebtoken bcrypt bcryptjs mongoose mongodb mysql mysql2 pg sqlite3 better-sqlite3 sequelize knex prisma typeorm redis ioredis nodemailer puppeteer playwright cheerio jsdom sharp jimp multer formidable winston pino bunyan nodemon pm2 concurrently cross-env esbuild rollup vite parcel babel jest mocha chai sinon vitest cypress karma jasmine ava tap supertest nock tailwindcss postcss autoprefixer sass less styled-components preact svelte solid-js lit ember backbone handlebars ejs pug mustache marked markdown-it remark unified zod ajv joi yup class-validator graphql apollo-server openai langchain tslib core-js regenerator-runtime cross-spawn execa shelljs minimist yaml js-yaml toml ini xml2js fast-xml-parser csv-parse papaparse nanoid crypto-js node-fetch got superagent undici ethers web3 discord.js telegraf slack three d3 chart.js echarts leaflet'.split(
    ' ',
  );
const PYPI =
  'requests urllib3 numpy pandas scipy matplotlib seaborn scikit-learn tensorflow torch torchvision keras transformers tokenizers datasets huggingface-hub openai anthropic langchain llama-index flask django fastapi uvicorn gunicorn starlette pydantic sqlalchemy alembic psycopg2 psycopg2-binary pymysql pymongo redis celery kombu boto3 botocore s3fs awscli google-cloud-storage google-api-python-client google-auth azure-storage-blob cryptography pycryptodome pyjwt paramiko fabric ansible click typer rich tqdm colorama tabulate pyyaml toml tomli jinja2 markupsafe werkzeug itsdangerous beautifulsoup4 bs4 lxml html5lib scrapy selenium playwright httpx aiohttp websockets websocket-client certifi charset-normalizer idna chardet six python-dateutil pytz tzdata setuptools wheel pip virtualenv pipenv poetry pytest pytest-cov tox nox coverage hypothesis mock black ruff isort flake8 pylint mypy bandit pre-commit sphinx mkdocs jupyter notebook ipython ipykernel nbformat pillow opencv-python imageio scikit-image pypdf pypdf2 pdfplumber pymupdf reportlab python-docx openpyxl xlsxwriter xlrd python-pptx markdown mistune feedparser tweepy praw discord telethon python-telegram-bot slack-sdk stripe twilio sendgrid python-dotenv environs attrs cattrs marshmallow orjson ujson simplejson msgpack protobuf grpcio networkx sympy statsmodels xgboost lightgbm nltk spacy gensim yfinance ccxt web3 eth-account solana psutil watchdog schedule apscheduler loguru structlog sentry-sdk prometheus-client jsonschema packaging typing-extensions filelock platformdirs'.split(
    ' ',
  );
const LISTS: Readonly<Record<string, readonly string[]>> = {
  npm: NPM,
  npx: NPM,
  pnpm: NPM,
  yarn: NPM,
  bun: NPM,
  bunx: NPM,
  pip: PYPI,
  pip3: PYPI,
  uv: PYPI,
  uvx: PYPI,
  pipx: PYPI,
  poetry: PYPI,
};
/** Real packages that lie one edit from a more popular one. */
const REAL = new Set([
  'preact',
  'reacts',
  'vuex',
  'tap',
  'ava',
  'got',
  'nock',
  'mock',
  'koa',
  'pug',
  'zod',
  'yup',
  'joi',
  'lit',
  'glob',
  'globs',
  'chai',
  'ajv',
  'ini',
  'tox',
  'nox',
  'pip',
  'six',
  'bs4',
  'mqtt',
  'nats',
  'ora',
  'uuid4',
  'request',
  'requests',
  'json5',
  'jsdoc',
  'vite',
  'vitest',
  'next',
  'nuxt',
  'pino',
  'tape',
  'ioredis',
  'aioredis',
  'asyncpg',
  'async',
  'rich',
  'click',
  'flask',
  'flake8',
  'mypy',
  'numpy',
  'numba',
  'pandas',
  'polars',
  'keras',
  'scrapy',
  'scapy',
  'black',
  'block',
  'slack',
  'stack',
  'marked',
  'cors',
  'core',
  'mustache',
  'moustache',
  'ejs',
  'mongodb',
  'mongod',
  'pytz',
  'pyyaml',
  'tomli',
  'tomlkit',
  'toml',
  'torch',
  'web3',
  'd3',
  'd4',
  'three',
  'threejs',
  'redis',
  'redux',
  'sass',
  'less',
  'karma',
  'kafka',
  'solana',
  'tweepy',
  'attr',
  'attrs',
  'xlrd',
  'xlwt',
  'lxml',
  'oxml',
  'nltk',
  'ruff',
  'isort',
  'pytest',
  'pylint',
  'tqdm',
  'httpx',
  'httpie',
  'uvloop',
  'typer',
  'fastapi',
  'svelte',
  'recharts',
  'pypff',
  'pyewf',
  'nodemon',
  'execa',
  'axios',
  'chalk',
  'debug',
  'yargs',
  'sharp',
  'jest',
  'mocha',
  'sinon',
  'ws',
  'wsl',
  'pg',
  'pgp',
  'pm2',
  'bcrypt',
  'bcryptjs',
  'mysql',
  'mysql2',
  'knex',
]);

/** The popular name that `name` is one slip away from; undefined if none, or if it is well known itself. */
export function lookalike(manager: string, name: string): string | undefined {
  const list = LISTS[manager];
  if (list === undefined || name.length < 5 || REAL.has(name) || name.startsWith('@') || list.includes(name)) return undefined;
  // PyPI takes `_`, `-` and `.` for the same (PEP 503).
  if (list === PYPI && list.includes(name.replace(/[-_.]{1,8}/g, '-'))) return undefined;
  const plain = name.replace(/[0о]/g, 'o').replace(/[1l|]/g, 'l').replace(/[-_.]/g, '');
  for (const known of list) {
    if (known.length < 5) continue;
    if (plain === known.replace(/[1l]/g, 'l').replace(/[-_.]/g, '') && name.replace(/[-_.]/g, '') !== known.replace(/[-_.]/g, '')) return known;
    if (oneSlip(name, known)) return known;
  }
  return undefined;
}

/** One letter added, dropped, replaced, or two neighbours swapped. A different digit at the end is another version, not a slip. */
function oneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (/\d$/.test(left) || /\d$/.test(right)) return false;
  if (left.length + right.length === 1) return left + right !== '-';
  if (left.length === 1 && right.length === 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
