package foreigntypes

import (
	"html/template"
	"log/slog"
	"regexp"

	"github.com/Masterminds/semver/v3"
	"github.com/biter777/countries"
	semver4 "github.com/blang/semver/v4"
	hashicorp "github.com/hashicorp/go-version"
	"github.com/nyaruka/phonenumbers"
	"github.com/rs/zerolog"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap/zapcore"
	textcurrency "golang.org/x/text/currency"
	"golang.org/x/text/language"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func textTypes() []row {
	phone := must(phonenumbers.Parse("+390236618300", "IT")) // with an Italian leading zero
	return []row{
		of(language.German, language.MustParse("sr-Latn-RS-u-ca-gregory"), language.Und),
		of([]language.Tag{language.AmericanEnglish}),
		refused("it has no exported fields and no text form; its String is one", textcurrency.EUR),
		of(*semver.MustParse("0.0.0"), *semver.MustParse("1.2.3-beta.1+build.5")).by(byTextOf),
		of(semver.MustParse("v18446744073709551615.2")).by(byText),
		of(must(semver.NewConstraint(">= 1.2, < 2.0.0 || 3.x"))).by(byText),
		// Its zero value is no version.
		nonzero(*hashicorp.Must(hashicorp.NewVersion("1.2.3-beta+meta"))).by(byTextOf),
		of(hashicorp.Must(hashicorp.NewVersion("1.2")), hashicorp.Must(hashicorp.NewVersion("1.2.3-beta+meta"))).by(byText),
		of(semver4.MustParse("1.2.3-beta.1+build.5"), semver4.MustParse("0.0.1")),
		of(countries.Germany, countries.Unknown),
		of(phone).by(func(a, b *phonenumbers.PhoneNumber) bool {
			return phonenumbers.Format(a, phonenumbers.E164) == phonenumbers.Format(b, phonenumbers.E164)
		}),
		of(phonenumbers.MOBILE),
		of(slog.LevelError, slog.Level(-7)),
		of(zapcore.WarnLevel, zapcore.DebugLevel),
		of(zerolog.WarnLevel, zerolog.Disabled, zerolog.TraceLevel),
		of(logrus.WarnLevel, logrus.TraceLevel),
		of(intstr.FromInt32(-1), intstr.FromString("50%"), intstr.FromString("1")),
		of(*regexp.MustCompile(`^a+(?i:é)\.$`)).by(byTextOf),
		of(regexp.MustCompile(`^a+(?i:é)\.$`)).by(byText),
		of(template.HTML("<b>&amp;</b>\u2028"), template.HTML("")),
	}
}
