/** Italian. */
import { type Lexicon, list } from './contract.ts';

const italian: Lexicon = {
  tongue: 'it',
  script: 'words',
  verbs: {
    ignore: list(`
      ignora | ignorate | ignorare | ignori | dimentica | dimenticare | dimenticate | trascura | tralascia | non tenere conto |
      lascia perdere | metti da parte
    `),
    override: list(`sovrascrivi | sovrascrivere | sostituisci | sostituire | annulla | aggira | aggirare | scavalca`),
    conceal: list(`nascondi | nascondere | nascondete | occulta | occultare | cela | tieni segreto | tieni nascosto | tacere | taci`),
    tell: list(`
      dire | dirlo | dì | di' | dillo | menzionare | menziona | informare | informa | informarlo | mostrare | mostra | segnalare | segnala |
      avvisare | avvisa | avvisarlo | comunicare | comunica | parlare | parlarne | notificare | riferire | spiegare | accennare
    `),
    reveal: list(`rivela | rivelare | divulga | divulgare | svela`),
    send: list(`
      invia | inviare | inviate | invialo | spedisci | spedire | manda | mandare | trasmetti | trasmettere | carica | caricare | inoltra |
      inoltrare | pubblica | condividi
    `),
    run: list(`esegui | eseguire | eseguite | eseguilo | avvia | avviare | lancia`),
    install: list(`installa | installare | installate`),
    download: list(`scarica | scaricare | scaricate`),
    open: list(`apri | aprire | visita | visitare | clicca`),
    copy: list(`copia | copiare`),
    paste: list(`incolla | incollare | incollalo`),
    unlock: list(`estrai | estrarre | decomprimi | sblocca`),
    decode: list(`decodifica | decodificare | decifra`),
    follow: list(`segui | seguire | obbedisci | obbedire | ubbidisci`),
    read: list(`leggi | leggere`),
    collect: list(`raccogli | raccogliere | cerca | cercare`),
    approve: list(`approva | approvare | accetta | accettare | autorizza | conferma`),
    ask: list(`chiedere | chiedi | chiedergli | domandare | attendere | aspettare | richiedere`),
    disable: list(`disattiva | disattivare | disabilita | disabilitare`),
    delete: list(`elimina | eliminare | cancella | cancellare`),
    write: list(`scrivi | scrivere | aggiungi | aggiungere | salva | salvare`),
    remember: list(`ricorda | ricordati | memorizza`),
    pay: list(`paga | pagare | trasferisci | acquista`),
    require: list(`richiede | necessario | necessita | obbligatorio`),
    rate: list(`contrassegna | classifica | considera | valuta`),
    impersonate: list(`ora sei | adesso sei | fingi | comportati come | agisci come`),
  },
  objects: {
    instructions: list(`istruzione | istruzioni | direttiva | direttive | linee guida | indicazioni | tutto quanto sopra`),
    safety: list(`regole di sicurezza | misure di sicurezza | restrizioni | politiche di sicurezza | filtri di sicurezza`),
    'system-prompt': list(`prompt di sistema | messaggio di sistema`),
    user: list(`utente | all'utente | l'utente | dell'utente | utenti | nessuno | cliente | persona | risposta | riepilogo`),
    secret: list(`password | chiave | chiavi | chiavi api | credenziali | token | segreti | chiave privata | chiavi private | chiavi ssh`),
    environment: list(`variabili d'ambiente | variabili di ambiente`),
    context: list(`conversazione | cronologia | dati personali | messaggi`),
    confirmation: list(`conferma | permesso | approvazione | autorizzazione | chiedere | confermare | consenso`),
    action: list(`
      questo passaggio | questa azione | questo file | queste istruzioni | questo | ciò | nulla | niente | questo invio | questa operazione |
      di questo
    `),
    archive: list(`archivio | l'archivio | zip | file zip`),
    executable: list(`eseguibile | l'eseguibile | programma di installazione | installer`),
    file: list(`file | contenuto | cartella | documento`),
    command: list(`comando | comandi | riga`),
    terminal: list(`terminale | prompt dei comandi | console`),
    tool: list(`strumento | utilità | software | applicazione | programma`),
    link: list(`link | collegamento | indirizzo | url`),
    'web-page': list(`pagina | sito`),
    password: list(`password`),
    verdict: list(`sicuro | sicura | benigno | innocuo`),
    scanner: list(`scanner | revisore | analizzatore`),
    money: list(`denaro | fondi | pagamento | soldi`),
    log: list(`registro | registri | tracce | log`),
    sandbox: list(`sandbox`),
  },
  weak: {
    instructions: list(`regola | regole | messaggi | ordini | contesto | comandi`),
  },
  qualifiers: list(`precedente | precedenti | antecedenti | tutte | tutti | tue | tuoi | originali | sopra | iniziali`),
  marks: {
    not: list(`non | mai | senza | nessun | nessuna | evita | evitare | invece di | anziché | vietato | rifiuta`),
    must: list(`deve | devi | devono | sempre | bisogna`),
    should: list(`dovrebbe | dovresti`),
    may: list(`può | puoi | potrebbe`),
    if: list(`se | quando | prima di | dopo | qualora`),
    fail: list(`non dimenticare | non dimenticarti | non dimenticate | non esitare | non esitate`),
    report: list(`
      attaccante | aggressore | attacco | attacchi | ad esempio | per esempio | come | tenta | tentano | tentativi | dice | dicono | chiede |
      chiedono | frasi | esempio | testi che | testo che
    `),
    quiet: list(`silenziosamente | in silenzio | di nascosto | in segreto | segretamente`),
    other: list(`attaccante | questa skill | questo script | lo script`),
  },
  stopwords: list(`
    il | lo | la | gli | le | i | e | è | di | del | della | un | una | non | che | per | in | con | senza | da | al | alla | si | tuo |
    tutte | questo | questa | se | mai | utente | nel | precedenti | all'utente
  `),
};
export default italian;
