namespace Kata.AgentCtl.Terminal;

/// <summary>What the word before the cursor could become.</summary>
/// <param name="WordLength">Length of that word, in UTF-16 units.</param>
/// <param name="Candidates">Whole words, in order.</param>
internal sealed record Completions(int WordLength, IReadOnlyList<string> Candidates)
{
    /// <summary>What all candidates begin with.</summary>
    public string Common
    {
        get
        {
            string common = Candidates.Count == 0 ? "" : Candidates[0];
            foreach (string candidate in Candidates)
            {
                int length = 0;
                while (length < Math.Min(common.Length, candidate.Length) && common[length] == candidate[length])
                {
                    length++;
                }

                common = common[..length];
            }

            return common;
        }
    }
}
