/** Portuguese. */
import { type Lexicon, list } from './contract.ts';

const portuguese: Lexicon = {
  tongue: 'pt',
  script: 'words',
  verbs: {
    ignore: list(`
      ignore | ignora | ignorar | ignorem | esqueça | esquece | esquecer | desconsidere | desconsiderar | desconsidera | descarte |
      descartar | deixe de lado | não leve em conta
    `),
    override: list(`substitua | substituir | sobrescreva | sobreponha | anule | anular | contorne | contornar | burle`),
    conceal: list(`esconda | esconder | oculte | ocultar | omita | disfarce | mantenha em segredo | guarde segredo`),
    tell: list(`
      diga | dizer | conte | contar | mencione | mencionar | informe | informar | mostre | mostrar | avise | avisar | notifique | notificar |
      relate | comente | fale | explique
    `),
    reveal: list(`revele | revelar | divulgue | divulgar | exponha`),
    send: list(`
      envie | enviar | envia | mande | mandar | transmita | transmitir | encaminhe | encaminhar | publique | compartilhe | faça upload |
      carregue
    `),
    run: list(`execute | executar | execute-o | rode | rodar | inicie | abra e execute`),
    install: list(`instale | instalar`),
    download: list(`baixe | baixar | descarregue | transfira | faça o download | faça download`),
    open: list(`abra | abrir | visite | acesse | clique`),
    copy: list(`copie | copiar`),
    paste: list(`cole | colar`),
    unlock: list(`extraia | extrair | descompacte | descompactar | desbloqueie`),
    decode: list(`decodifique | decodificar | descriptografe`),
    follow: list(`siga | seguir | obedeça | obedecer | cumpra`),
    read: list(`leia | ler`),
    collect: list(`colete | coletar | reúna | procure | recolha`),
    approve: list(`aprove | aprovar | aceite | autorize | confirme | permita`),
    ask: list(`pergunte | perguntar | peça | pedir | solicite | solicitar | espere | aguarde`),
    disable: list(`desative | desativar | desabilite`),
    delete: list(`apague | apagar | exclua | excluir | remova | delete`),
    write: list(`escreva | escrever | adicione | adicionar | acrescente | salve | grave | guarde`),
    remember: list(`lembre | lembre-se | memorize`),
    pay: list(`pague | pagar | compre`),
    require: list(`requer | necessita | precisa | necessário | obrigatório`),
    rate: list(`marque | classifique | considere | avalie`),
    impersonate: list(`você agora é | agora você é | finja | aja como`),
  },
  objects: {
    instructions: list(`instrução | instruções | diretriz | diretrizes | orientação | orientações | tudo acima`),
    safety: list(`regras de segurança | diretrizes de segurança | medidas de segurança | restrições | políticas de segurança`),
    'system-prompt': list(`prompt do sistema | prompt de sistema | mensagem do sistema`),
    user: list(`usuário | usuários | usuária | utilizador | ninguém | cliente | pessoa | resposta | resumo`),
    secret: list(`
      senha | senhas | chave | chaves | credenciais | token | tokens | segredos | chave privada | chaves privadas | chaves de api |
      chave de api | palavra-passe | chaves ssh
    `),
    environment: list(`variáveis de ambiente`),
    context: list(`conversa | histórico | dados pessoais | mensagens`),
    confirmation: list(`confirmação | permissão | aprovação | autorização | perguntar | confirmar | consentimento`),
    action: list(`esta etapa | este passo | esta ação | este arquivo | estas instruções | isto | isso | disso | nada | este envio | esta operação`),
    archive: list(`arquivo zip | zip`),
    executable: list(`executável | instalador | programa`),
    file: list(`arquivo | arquivos | ficheiro | ficheiros | conteúdo | pasta`),
    command: list(`comando | comandos | linha`),
    terminal: list(`terminal | prompt de comando | console`),
    tool: list(`ferramenta | utilitário | software | aplicativo`),
    link: list(`link | endereço | url`),
    'web-page': list(`página | site`),
    password: list(`senha`),
    verdict: list(`seguro | segura | benigno | inofensivo`),
    scanner: list(`scanner | auditor | revisor`),
    money: list(`dinheiro | fundos | pagamento`),
    log: list(`registros | rastros | histórico`),
    sandbox: list(`sandbox`),
  },
  weak: {
    instructions: list(`regra | regras | mensagens | ordens | contexto | comandos`),
  },
  qualifiers: list(`anterior | anteriores | prévias | prévios | todas | todos | suas | seus | originais | acima`),
  marks: {
    not: list(`não | nunca | jamais | sem | nenhum | nenhuma | evite | evitar | em vez de | proibido | recuse`),
    must: list(`deve | devem | sempre | tem que`),
    should: list(`deveria`),
    may: list(`pode | podem | poderia`),
    if: list(`se | quando | antes de | depois de | caso`),
    fail: list(`não se esqueça | não esqueça | não hesite | não deixe de`),
    report: list(`
      atacante | atacantes | invasor | ataque | ataques | por exemplo | como | tais como | tenta | tentam | tentativas | diz | dizem | pede |
      pedem | frases | exemplo | textos que | texto que
    `),
    quiet: list(`silenciosamente | em silêncio | discretamente | em segredo | secretamente`),
    other: list(`atacante | esta skill | este script | o script`),
  },
  stopwords: list(`
    o | a | os | as | e | é | de | do | da | dos | das | um | uma | não | que | para | em | com | sem | por | ao | se | seu | todas | este |
    esta | você | nunca | usuário | isso | no | na
  `),
};
export default portuguese;
