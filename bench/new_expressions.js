// Prints every `new X(...)` of the TypeScript sources on stdin, as the TypeScript compiler reads them.
// In: a JSON array of source texts.  Out: a JSON array with, for each, {rows, errors}.  A row is
// [type, first, second, line, literals]; literals are the [path, value] leaves of the last object argument but for
// those below spreads and computed keys; first and second are the arguments as text if they are strings, `null` if absent and
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

function literals(node, path, found) {
  if (ts.isObjectLiteralExpression(node)) {
    for (const each of node.properties) {
      if (!ts.isPropertyAssignment(each) || ts.isComputedPropertyName(each.name)) continue;
      literals(each.initializer, (path ? path + '.' : '') + each.name.text, found);
    }
  } else if (ts.isArrayLiteralExpression(node)) {
    if (node.elements.some(ts.isSpreadElement)) return found;
    node.elements.forEach((each, index) => literals(each, `${path}[${index}]`, found));
  } else if (ts.isStringLiteralLike(node)) found.push([path, node.text]);
  else if (ts.isNumericLiteral(node)) found.push([path, Number(node.text)]);
  else if (node.kind === ts.SyntaxKind.TrueKeyword) found.push([path, true]);
  else if (node.kind === ts.SyntaxKind.FalseKeyword) found.push([path, false]);
  return found;
}

function rows(text) {
  const source = ts.createSourceFile('block.ts', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const found = [];
  const visit = node => {
    if (ts.isNewExpression(node)) {
      const args = node.arguments || [];
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      const name = node.expression.getText(source).replace(/\s+/g, '');
      const settings = args.slice(0, 3).filter(each => ts.isObjectLiteralExpression(each))[0];
      const leaves = settings === undefined ? [] : literals(settings, '', []);
      found.push([name, spelled(args[0], source), spelled(args[1], source), line, leaves]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const errors = source.parseDiagnostics.map(each => source.getLineAndCharacterOfPosition(each.start).line + 1);
  return { rows: found, errors };
}

process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')).map(rows)));
