using System.Text;
using Kata.Rego.Builtins;
using Kata.Rego.Patterns;
using Kata.Rego.Syntax;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Evaluation;

/// <summary>Evaluates planned expressions: each has one value, or none, which is null.</summary>
internal sealed class ExpressionEvaluator(Evaluator evaluator, PatternCache patterns)
{
    /// <summary>What functions of the language need.</summary>
    public BuiltinContext Context { get; } = new(evaluator.Budget, patterns);

    /// <summary>The value; null if it has none.</summary>
    public RegoValue? Evaluate(Expression expression, RegoValue?[] frame)
    {
        evaluator.Budget.Steps(1);
        switch (expression)
        {
            case Constant constant:
                return constant.Value;
            case Local local:
                return frame[local.Slot];
            case Reference reference:
                return Member(reference, frame);
            case RuleValue rule:
                return evaluator.Value(rule.Rule);
            case RuleCall call:
                return All(call.Arguments, frame) is { } given ? evaluator.Call(new FunctionKey(call.Rule, null), given) : null;
            case BuiltinCall call:
                return All(call.Arguments, frame) is { } arguments ? evaluator.Call(new FunctionKey(-1, call.Function), arguments) : null;
            case Binary binary:
                return Operate(binary, frame);
            case InputDocument:
                return evaluator.Surroundings.Input;
            case DataDocument document:
                return evaluator.Surroundings.Data.Find(document.Key);
            case PrintCall print:
                return Print(print, frame);
            case Membership membership:
                return IsMember(membership, frame);
            default:
                return Compose(expression, frame);
        }
    }

    /// <summary>Whether two values are equal.</summary>
    public bool AreEqual(RegoValue left, RegoValue right)
    {
        evaluator.Budget.Steps(Math.Min(left.Weight, right.Weight));
        return RegoValue.Compare(left, right) == 0;
    }

    /// <summary>A member of a value; null if there is none.</summary>
    public RegoValue? MemberOf(RegoValue value, RegoValue key)
    {
        evaluator.Budget.Steps(value is RegoArray ? 1 : key.Weight * 8);
        return value.Member(key);
    }

    /// <summary>A set, charged with what sorting takes.</summary>
    public RegoSet SetOf(List<RegoValue> items)
    {
        evaluator.Budget.Steps(1 + (items.Sum(item => item.Weight) * 4));
        return RegoSet.Of(items);
    }

    /// <summary>An object; two values for one key are an error.</summary>
    public RegoObject ObjectOf(List<KeyValuePair<RegoValue, RegoValue>> members, Position at)
    {
        evaluator.Budget.Steps(1 + (members.Sum(member => member.Key.Weight) * 4));
        RegoObject made = RegoObject.Make(members, out RegoValue? conflict);
        return conflict is null ? made : throw new RegoException($"policy {at}: two values for the key {RegoText.Write(conflict, 200)} of an object");
    }

    private RegoValue? Compose(Expression expression, RegoValue?[] frame)
    {
        Budget.EnsureStack();
        switch (expression)
        {
            case ArrayExpression array when All(array.Items, frame) is { } items:
                evaluator.Budget.Cells(items.Length);
                return new RegoArray(items);
            case SetExpression set when All(set.Items, frame) is { } items:
                evaluator.Budget.Cells(items.Length);
                return SetOf([.. items]);
            case ObjectExpression members when All(members.Keys, frame) is { } keys && All(members.Values, frame) is { } values:
                evaluator.Budget.Cells(2 * keys.Length);
                return ObjectOf([.. keys.Zip(values, (key, value) => new KeyValuePair<RegoValue, RegoValue>(key, value))], members.At);
            case Comprehension comprehension:
                return Collect(comprehension, frame);
            default:
                return null;
        }
    }

    private RegoValue[]? All(IReadOnlyList<Expression> expressions, RegoValue?[] frame)
    {
        var values = new RegoValue[expressions.Count];
        for (int i = 0; i < values.Length; i++)
        {
            if (Evaluate(expressions[i], frame) is not { } value)
            {
                return null;
            }

            values[i] = value;
        }

        return values;
    }

    private RegoValue? Member(Reference reference, RegoValue?[] frame)
    {
        RegoValue? value = Evaluate(reference.Head, frame);
        for (int i = 0; i < reference.Path.Count && value is not null; i++)
        {
            value = Evaluate(reference.Path[i], frame) is { } key ? MemberOf(value, key) : null;
        }

        return value;
    }

    private RegoValue? Operate(Binary binary, RegoValue?[] frame)
    {
        if (Evaluate(binary.Left, frame) is not { } left || Evaluate(binary.Right, frame) is not { } right)
        {
            return null;
        }

        if (binary.Operator > Operator.GreaterOrEqual)
        {
            return Arithmetic.Apply(Context, binary.Operator, left, right);
        }

        evaluator.Budget.Steps(Math.Min(left.Weight, right.Weight));
        int order = RegoValue.Compare(left, right);
        return RegoValue.Of(binary.Operator switch
        {
            Operator.Equal => order == 0,
            Operator.NotEqual => order != 0,
            Operator.Less => order < 0,
            Operator.LessOrEqual => order <= 0,
            Operator.Greater => order > 0,
            _ => order >= 0,
        });
    }

    private RegoValue? IsMember(Membership membership, RegoValue?[] frame)
    {
        RegoValue? key = membership.Key is null ? null : Evaluate(membership.Key, frame);
        if ((membership.Key is not null && key is null)
            || Evaluate(membership.Value, frame) is not { } value
            || Evaluate(membership.Collection, frame) is not { } collection)
        {
            return null;
        }

        if (key is not null)
        {
            return RegoValue.Of(MemberOf(collection, key) is { } member && AreEqual(member, value));
        }

        return RegoValue.Of(collection switch
        {
            RegoSet set => MemberOf(set, value) is not null,
            RegoArray array => array.Items.Any(item => AreEqual(item, value)),
            RegoObject members => members.Values.Any(item => AreEqual(item, value)),
            _ => false,
        });
    }

    private RegoValue Collect(Comprehension comprehension, RegoValue?[] frame)
    {
        var items = new List<RegoValue>();
        var members = new List<KeyValuePair<RegoValue, RegoValue>>();
        evaluator.Bodies.Run(comprehension.Body, 0, frame, () =>
        {
            RegoValue? key = comprehension.Key is null ? null : Evaluate(comprehension.Key, frame);
            if (Evaluate(comprehension.Item, frame) is not { } item || (comprehension.Key is not null && key is null))
            {
                return false;
            }

            evaluator.Budget.Cells(2);
            if (key is null)
            {
                items.Add(item);
            }
            else
            {
                members.Add(new(key, item));
            }

            return false;
        });
        return comprehension.Kind switch
        {
            RegoKind.Array => new RegoArray(items),
            RegoKind.Set => SetOf(items),
            _ => ObjectOf(members, comprehension.At),
        };
    }

    private RegoBoolean Print(PrintCall print, RegoValue?[] frame)
    {
        var line = new StringBuilder();
        foreach (Expression argument in print.Arguments)
        {
            line.Append(line.Length == 0 ? string.Empty : " ");
            int room = Math.Max(0, PrintLog.MaxLine - line.Length);
            line.Append(Evaluate(argument, frame) is { } value ? RegoText.Plain(value, room) : "<undefined>");
        }

        evaluator.Budget.Text(line.Length);
        evaluator.Prints.Add(line.ToString());
        return RegoBoolean.True;
    }
}
