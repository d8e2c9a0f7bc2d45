// Prints every `new X(...)` of the TypeScript sources on stdin, as the TypeScript compiler reads them.
// In: a JSON array of source texts.  Out: a JSON array with, for each, {rows, errors}.  A row is
// [type, first, second, line]; first and second are the arguments as text if they are strings, `null` if absent and
// "\u0000" for any other expression.  `errors` are the lines of syntax errors.
const ts = require('typescript');
const OTHER = '\u0000';

function spelled(node, source) {
  if (node === undefined) return null;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(s => '${' + s.expression.getText(source) + '}' + s.literal.text).join('');
  }
  return OTHER;
}

function rows(text) {
  const source = ts.createSourceFile('block.ts', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const found = [];
  const visit = node => {
    if (ts.isNewExpression(node)) {
      const args = node.arguments || [];
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      const name = node.expression.getText(source).replace(/\s+/g, '');
      found.push([name, spelled(args[0], source), spelled(args[1], source), line]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const errors = source.parseDiagnostics.map(each => source.getLineAndCharacterOfPosition(each.start).line + 1);
  return { rows: found, errors };
}

process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')).map(rows)));
